/** Proves of a family, on random weights, that all its sites do what its blueprint says. */
@NullMarked
package org.nnsight4j.models.conformance;

import org.jspecify.annotations.NullMarked;
