/** Operations that are computed at once, on numbers that are here. */
@NullMarked
package org.nnsight4j.internal.eager;

import org.jspecify.annotations.NullMarked;
