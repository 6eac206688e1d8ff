package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What reads and writes need of an array, without a kernel: a call of TorchScript costs more than
 * what these do. Not for arrays through which gradients flow, where a second handle must be a node
 * of its own.
 */
public final class Views {
  /** Up to as many elements, Java compares faster than a kernel starts. */
  private static final long FEW = 1 << 14;

  private Views() {}

  /** The same array as a handle of its own. */
  public static NDArray again(Arena arena, NDArray array) {
    return NativeCalls.again(arena.manager(), array);
  }

  /** The same numbers in row-major order, as a handle of its own. */
  public static NDArray contiguous(Arena arena, NDArray array) {
    return NativeCalls.contiguous(arena.manager(), array);
  }

  /**
   * A part of an array: one begin and length for each named axis.
   *
   * @return a view with a handle of its own
   */
  public static NDArray window(
      Arena arena, NDArray array, long[] axes, long[] begins, long[] lengths) {
    NDArray part = array;
    for (int i = 0; i < axes.length; i++) {
      NDArray whole = part;
      part =
          NativeCalls.part(
              arena.manager(), whole, axes[i], begins[i], Math.addExact(begins[i], lengths[i]));
      if (whole != array) {
        whole.close();
      }
    }
    return part == array ? again(arena, array) : part;
  }

  /**
   * How much two arrays of one shape differ: the root of the sum of squared differences. Equal
   * infinities do not differ.
   */
  public static double change(Arena arena, NDArray before, NDArray after) {
    DataType type = before.getDataType();
    boolean simple =
        arena.device().isHost()
            && type == after.getDataType()
            && (type == DataType.FLOAT32 || type == DataType.FLOAT64)
            && before.size() <= FEW;
    Double difference = simple ? difference(type, before, after) : null;
    return difference != null ? difference : TorchOps.get().number("change", before, after);
  }

  private static @Nullable Double difference(DataType type, NDArray before, NDArray after) {
    ByteBuffer one = NativeCalls.memory(before);
    ByteBuffer other = one == null ? null : NativeCalls.memory(after);
    if (one == null || other == null) {
      return null;
    }
    double squares =
        type == DataType.FLOAT32
            ? squares(one.asFloatBuffer(), other.asFloatBuffer())
            : squares(one.asDoubleBuffer(), other.asDoubleBuffer());
    return Math.sqrt(squares);
  }

  private static double squares(FloatBuffer one, FloatBuffer other) {
    double sum = 0;
    for (int i = 0; i < one.limit(); i++) {
      float left = one.get(i);
      float right = other.get(i);
      double apart = left == right ? 0 : (double) left - right;
      sum += apart * apart;
    }
    return sum;
  }

  private static double squares(DoubleBuffer one, DoubleBuffer other) {
    double sum = 0;
    for (int i = 0; i < one.limit(); i++) {
      double left = one.get(i);
      double right = other.get(i);
      double apart = left == right ? 0 : left - right;
      sum += apart * apart;
    }
    return sum;
  }
}
