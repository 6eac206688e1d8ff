/**
 * What the user wrote: descriptors, layers and children, with their elements, so that errors can
 * point to their place.
 */
@NullMarked
package org.nnsight4j.processor.declare;

import org.jspecify.annotations.NullMarked;
