/** Streams of bytes from other machines, which may break off without notice. */
@NullMarked
package org.nnsight4j.internal.stream;

import org.jspecify.annotations.NullMarked;
