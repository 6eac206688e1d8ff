package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Copies tensors between the host and the engine. BFLOAT16 travels as FLOAT32, because it makes DJL
 * end the JVM.
 */
public final class Transfer {
  private static final int LARGE = 1 << 16;

  private Transfer() {}

  /** A copy on the engine. */
  public static NDArray toEngine(Arena arena, Tensor tensor) {
    if (tensor.size() == 0) {
      return TorchOps.get().call(arena, "empty", code(tensor.dtype()), tensor.shape());
    }
    if (tensor.dtype() == DType.BFLOAT16) {
      try (NDArray wide = toEngine(arena, Tensor.of(tensor.toFloatArray(), tensor.shape()))) {
        return TorchOps.get().call(arena, TorchOps.scriptName("cast"), wide, tensor.dtype().name());
      }
    }
    ByteBuffer bytes = tensor.bytes();
    if (bytes.remaining() > LARGE && arena.device().isHost()) {
      return filled(arena, tensor, bytes);
    }
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
    direct.put(bytes).flip();
    // The new array reads the buffer in place, and its views would not keep the buffer alive.
    try (NDArray borrowed = arena.borrow(direct, type(tensor.dtype()), tensor.shape())) {
      return TorchOps.get().call(arena, "placed", borrowed);
    }
  }

  /**
   * Writes directly into the array: Java has less memory for buffers than the engine has for
   * arrays.
   */
  private static NDArray filled(Arena arena, Tensor tensor, ByteBuffer bytes) {
    NDArray array = TorchOps.get().call(arena, "empty", code(tensor.dtype()), tensor.shape());
    array.toByteBuffer(true).put(bytes);
    return array;
  }

  /** Makes a tensor from numbers that exist only during the call. */
  public interface Keeper {
    Tensor keep(DType dtype, ByteBuffer numbers, long... shape);
  }

  /** A copy that the keeper makes, without one on the heap. */
  public static Tensor toHost(Arena arena, NDArray array, Keeper keeper) {
    DType dtype = dtype(array);
    long[] shape = array.getShape().getShape();
    if (array.size() == 0 || dtype == DType.BFLOAT16) {
      Tensor copy = toHost(arena, array);
      return keeper.keep(dtype, copy.bytes(), shape);
    }
    // The array itself if it is contiguous, or a contiguous copy.
    try (NDArray whole = TorchOps.get().call(arena, "expand", array, array)) {
      if (arena.device().isHost()) {
        return keeper.keep(dtype, whole.toByteBuffer(true), shape);
      }
      try (NDArray here = TorchOps.get().call(arena, "to_host", whole)) {
        return keeper.keep(dtype, here.toByteBuffer(true), shape);
      }
    }
  }

  /** A copy on the host. */
  public static Tensor toHost(Arena arena, NDArray array) {
    DType dtype = dtype(array);
    long[] shape = array.getShape().getShape();
    if (array.size() == 0) {
      return Tensor.ofBytes(dtype, ByteBuffer.allocate(0), shape);
    }
    if (dtype == DType.BFLOAT16) {
      try (NDArray wide =
          TorchOps.get().call(arena, TorchOps.scriptName("cast"), array, "FLOAT32")) {
        return Tensor.ofBfloat16(toHost(arena, wide).toFloatArray(), shape);
      }
    }
    if (arena.device().isHost()) {
      return Tensor.ofBytes(dtype, ByteBuffer.wrap(NativeCalls.bytes(array)), shape);
    }
    try (NDArray here = TorchOps.get().call(arena, "to_host", array)) {
      return Tensor.ofBytes(dtype, here.toByteBuffer(false), shape);
    }
  }

  /** PyTorch's number for a data type. */
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

  static DataType type(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> DataType.FLOAT64;
      case FLOAT32 -> DataType.FLOAT32;
      case FLOAT16 -> DataType.FLOAT16;
      case INT64 -> DataType.INT64;
      case INT32 -> DataType.INT32;
      case BOOL -> DataType.BOOLEAN;
      case BFLOAT16 -> throw new IllegalStateException("DJL ends the JVM on BFLOAT16");
    };
  }

  /** Whether DJL can return the numbers of this type, and we have the type too. */
  static boolean isKnown(DataType type) {
    return switch (type) {
      case FLOAT64, FLOAT32, FLOAT16, INT64, INT32, BOOLEAN -> true;
      default -> false;
    };
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
      // The only one of our types that DJL cannot name once an array is native.
      case UNKNOWN, BFLOAT16 -> DType.BFLOAT16;
      default -> throw new IllegalStateException("an array of " + type);
    };
  }
}
