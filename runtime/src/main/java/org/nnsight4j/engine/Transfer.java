package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Tensors between the host and the engine. Bytes travel as UINT8 and are typed by a kernel, because
 * DJL ends the JVM on BFLOAT16.
 */
public final class Transfer {
  private Transfer() {}

  /** The number that PyTorch gives a data type. */
  public static long code(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> 7;
      case FLOAT32 -> 6;
      case FLOAT16 -> 5;
      case BFLOAT16 -> 15;
      case INT64 -> 4;
      case INT32 -> 3;
      case BOOL -> 11;
    };
  }

  /** A copy on the engine. */
  public static NDArray toEngine(Arena arena, Tensor tensor) {
    TorchOps ops = TorchOps.get();
    if (tensor.size() == 0) {
      return ops.call(arena, "empty", code(tensor.dtype()), tensor.shape());
    }
    ByteBuffer bytes = tensor.bytes();
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
    direct.put(bytes).flip();
    try (NDArray raw = arena.bytes(direct)) {
      return ops.call(arena, "from_bytes", raw, code(tensor.dtype()), tensor.shape());
    }
  }

  /** A copy on the host. */
  public static Tensor toHost(Arena arena, NDArray array) {
    DType dtype = dtype(array);
    long[] shape = array.getShape().getShape();
    if (array.size() == 0) {
      return Tensor.ofBytes(dtype, ByteBuffer.allocate(0), shape);
    }
    try (NDArray raw = TorchOps.get().call(arena, "to_bytes", array)) {
      return Tensor.ofBytes(dtype, raw.toByteBuffer(false), shape);
    }
  }

  public static DType dtype(NDArray array) {
    DataType type = array.getDataType();
    return switch (type) {
      case FLOAT64 -> DType.FLOAT64;
      case FLOAT32 -> DType.FLOAT32;
      case FLOAT16 -> DType.FLOAT16;
      case INT64 -> DType.INT64;
      case INT32 -> DType.INT32;
      case BOOLEAN -> DType.BOOL;
      // The only type of ours that DJL has no name for once it is native.
      case UNKNOWN, BFLOAT16 -> DType.BFLOAT16;
      default -> throw new IllegalStateException("an array of " + type);
    };
  }
}
