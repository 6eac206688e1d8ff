/** Which runs share a forward pass, and whether that is exact and faster. */
@NullMarked
package org.nnsight4j.internal.share;

import org.jspecify.annotations.NullMarked;
