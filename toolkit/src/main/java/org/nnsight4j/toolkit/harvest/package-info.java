/** Activations of many prompts as files. */
@NullMarked
package org.nnsight4j.toolkit.harvest;

import org.jspecify.annotations.NullMarked;
