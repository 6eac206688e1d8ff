/** Causal analyses: values of one run put into another, and what that does to an answer. */
@NullMarked
package org.nnsight4j.toolkit.patching;

import org.jspecify.annotations.NullMarked;
