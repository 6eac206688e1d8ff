/** The forward pass on DJL: kernels, memory, weights, modules with hook points. */
@NullMarked
package org.nnsight4j.engine;

import org.jspecify.annotations.NullMarked;
