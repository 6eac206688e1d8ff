package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Converts results to DJL arrays, and DJL arrays to constants. */
public final class NDArrays {
  private NDArrays() {}

  /**
   * Copies a tensor into the user's manager, of any engine.
   *
   * @throws IllegalArgumentException for BFLOAT16, which makes DJL's PyTorch engine end the JVM
   */
  public static NDArray of(NDManager manager, Tensor tensor) {
    if (tensor.dtype() == DType.BFLOAT16) {
      throw new IllegalArgumentException(
          "DJL cannot hold BFLOAT16; save value.toType(DType.FLOAT32) instead");
    }
    ByteBuffer bytes = tensor.bytes();
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
    direct.put(bytes).flip();
    NDArray borrowed =
        manager.create(direct, new Shape(tensor.shape()), Transfer.type(tensor.dtype()));
    try (borrowed) {
      // Views of an array over a buffer would outlive the buffer.
      return borrowed.duplicate();
    }
  }

  /**
   * Copies a DJL array to the host.
   *
   * @throws IllegalArgumentException if the array has a data type that {@link Tensor} lacks
   */
  public static Tensor toTensor(NDArray array) {
    if (!Transfer.isKnown(array.getDataType())) {
      throw new IllegalArgumentException(
          "an array of %s; cast it first, for example with toType(DataType.FLOAT32, true)"
              .formatted(array.getDataType()));
    }
    return Tensor.ofBytes(Transfer.dtype(array), array.toByteBuffer(), array.getShape().getShape());
  }
}
