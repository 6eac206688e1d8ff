/** Graphs as text and numbers: what is sent to a server and kept in files. */
@NullMarked
package org.nnsight4j.wire;

import org.jspecify.annotations.NullMarked;
