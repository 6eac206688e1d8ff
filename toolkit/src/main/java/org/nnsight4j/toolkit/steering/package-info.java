/** Directions of the residual stream: found from pairs of texts, added, kept at a size, removed. */
@NullMarked
package org.nnsight4j.toolkit.steering;

import org.jspecify.annotations.NullMarked;
