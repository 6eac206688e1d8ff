/** Names for content: the same bytes have the same name. */
@NullMarked
package org.nnsight4j.internal.digest;

import org.jspecify.annotations.NullMarked;
