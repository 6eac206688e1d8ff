/** Recorded graphs as requests: checked and priced without weights, run on a checkpoint. */
@NullMarked
package org.nnsight4j.server.graph;

import org.jspecify.annotations.NullMarked;
