/** Modules that users add to a graph, such as probes and sparse autoencoders. */
@NullMarked
package org.nnsight4j.attach;

import org.jspecify.annotations.NullMarked;
