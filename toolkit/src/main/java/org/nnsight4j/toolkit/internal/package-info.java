/** Prompts, passes and numbers, as the analyses need them. */
@NullMarked
package org.nnsight4j.toolkit.internal;

import org.jspecify.annotations.NullMarked;
