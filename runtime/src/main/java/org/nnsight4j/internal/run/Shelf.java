package org.nnsight4j.internal.run;

import java.nio.ByteBuffer;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Where the numbers of a run are kept that it hands out. */
public interface Shelf {
  /** On the heap. */
  Shelf HEAP =
      (dtype, numbers, shape) ->
          Tensor.ofBytes(
              dtype, ByteBuffer.allocate(numbers.remaining()).put(numbers).flip(), shape);

  /**
   * Keeps a copy.
   *
   * @param numbers little-endian, valid during the call alone
   */
  Tensor keep(DType dtype, ByteBuffer numbers, long... shape);
}
