package org.nnsight4j.internal.run;

import java.nio.ByteBuffer;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Where the numbers that a run saves are kept. */
public interface Shelf {
  /** On the heap. */
  Shelf HEAP =
      (dtype, numbers, shape) ->
          Tensor.ofBytes(
              dtype, ByteBuffer.allocate(numbers.remaining()).put(numbers).flip(), shape);

  /**
   * Stores a copy.
   *
   * @param numbers little-endian, valid only during the call
   */
  Tensor keep(DType dtype, ByteBuffer numbers, long... shape);
}
