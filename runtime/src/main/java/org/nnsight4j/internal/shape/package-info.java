/** Shapes with names and unknown lengths, and the rules by which operations change them. */
@NullMarked
package org.nnsight4j.internal.shape;

import org.jspecify.annotations.NullMarked;
