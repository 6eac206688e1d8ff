/** Modules of the user's own, such as probes and sparse autoencoders, called in a graph. */
@NullMarked
package org.nnsight4j.attach;

import org.jspecify.annotations.NullMarked;
