/** Host tensors: shape, data type and numbers, without an engine. */
@NullMarked
package org.nnsight4j.tensor;

import org.jspecify.annotations.NullMarked;
