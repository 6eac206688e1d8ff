/**
 * What descriptors are written with: annotations, the kinds of layer, and the base classes of
 * generated proxies.
 */
@NullMarked
package org.nnsight4j.arch;

import org.jspecify.annotations.NullMarked;
