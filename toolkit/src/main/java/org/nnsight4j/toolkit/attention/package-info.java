/** Attention patterns, and heads that do what is known from the literature. */
@NullMarked
package org.nnsight4j.toolkit.attention;

import org.jspecify.annotations.NullMarked;
