/** Graphs as text and numbers, as sent to a server and stored in files. */
@NullMarked
package org.nnsight4j.internal.wire;

import org.jspecify.annotations.NullMarked;
