/** Checks of a model directory that only opening needs: its tokenizer's files, its weights. */
@NullMarked
package org.nnsight4j.internal.checkpoint;

import org.jspecify.annotations.NullMarked;
