/** Streams of bytes from other machines, which may end without a word. */
@NullMarked
package org.nnsight4j.internal.stream;

import org.jspecify.annotations.NullMarked;
