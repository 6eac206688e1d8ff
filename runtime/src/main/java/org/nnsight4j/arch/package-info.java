/**
 * The words of a descriptor: annotations, the kinds of layer, and the base classes of generated
 * proxies.
 */
@NullMarked
package org.nnsight4j.arch;

import org.jspecify.annotations.NullMarked;
