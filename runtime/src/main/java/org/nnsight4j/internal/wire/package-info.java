/** Graphs as text and numbers: what is sent to a server and kept in files. */
@NullMarked
package org.nnsight4j.internal.wire;

import org.jspecify.annotations.NullMarked;
