/**
 * What the user wrote: descriptors, layers and children with their elements kept, so that errors
 * find their place.
 */
@NullMarked
package org.nnsight4j.processor.declare;

import org.jspecify.annotations.NullMarked;
