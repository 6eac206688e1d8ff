package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The native methods behind DJL's calls of TorchScript, without the objects that DJL makes for each
 * argument: an {@link IValue} has a name of its own, which costs more than the call. DJL's public
 * way to call a method also runs in inference mode, whose tensors cannot have gradients; the method
 * behind it takes the mode as an argument.
 *
 * <p>Values are native handles here; who gets one frees it.
 */
final class NativeCalls {
  private static final MethodHandle RUN;
  private static final MethodHandle FREE;
  private static final MethodHandle OF_TENSOR;
  private static final MethodHandle OF_TENSORS;
  private static final MethodHandle OF_LONG;
  private static final MethodHandle OF_LONGS;
  private static final MethodHandle OF_DOUBLE;
  private static final MethodHandle OF_FLAG;
  private static final MethodHandle OF_TEXT;
  private static final MethodHandle TENSOR;
  private static final MethodHandle TENSORS;
  private static final MethodHandle NUMBER;
  private static final MethodHandle VALUE;
  private static final MethodHandle CONTIGUOUS;
  private static final MethodHandle IS_CONTIGUOUS;
  private static final MethodHandle PART;
  private static final MethodHandle BYTES;
  private static final MethodHandle BUFFER;

  static {
    try {
      MethodHandles.Lookup jni =
          MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup());
      Class<?> type = jni.findClass("ai.djl.pytorch.jni.PyTorchLibrary");
      Library library = new Library(jni, type, jni.findStaticGetter(type, "LIB", type).invoke());
      RUN =
          library.method(
              "moduleRunMethod",
              long.class,
              long.class,
              String.class,
              long[].class,
              boolean.class,
              boolean.class);
      FREE = library.method("torchDeleteIValue", void.class, long.class);
      OF_TENSOR = library.method("iValueFromTensor", long.class, long.class);
      OF_TENSORS = library.method("iValueFromTensorList", long.class, long[].class);
      OF_LONG = library.method("iValueFromLong", long.class, long.class);
      OF_LONGS = library.method("iValueFromLongList", long.class, long[].class);
      OF_DOUBLE = library.method("iValueFromDouble", long.class, double.class);
      OF_FLAG = library.method("iValueFromBool", long.class, boolean.class);
      OF_TEXT = library.method("iValueFromString", long.class, String.class);
      TENSOR = library.method("iValueToTensor", long.class, long.class);
      TENSORS = library.method("iValueToTensorList", long[].class, long.class);
      NUMBER = library.method("iValueToDouble", double.class, long.class);
      CONTIGUOUS = library.method("torchToContiguous", long.class, long.class);
      IS_CONTIGUOUS = library.method("torchIsContiguous", boolean.class, long.class);
      PART =
          library.method(
              "torchSlice", long.class, long.class, long.class, long.class, long.class, long.class);
      BYTES = library.method("torchDataPtr", byte[].class, long.class);
      BUFFER = library.method("torchDirectByteBuffer", ByteBuffer.class, long.class);
      VALUE = jni.findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
    } catch (Throwable e) {
      throw new IllegalStateException(
          "this version of ai.djl.pytorch is not the one that nnsight4j was built for", e);
    }
  }

  private NativeCalls() {}

  /** DJL's library, whose methods the handles of this class are bound to. */
  private record Library(MethodHandles.Lookup lookup, Class<?> type, Object instance) {
    MethodHandle method(String name, Class<?> result, Class<?>... parameters)
        throws ReflectiveOperationException {
      return lookup
          .findVirtual(type, name, MethodType.methodType(result, parameters))
          .bindTo(instance);
    }
  }

  /**
   * Calls a method of a module.
   *
   * @return its result
   */
  static long run(long module, String method, Object[] args) {
    long[] values = new long[args.length];
    int made = 0;
    try {
      for (; made < args.length; made++) {
        values[made] = value(args[made]);
      }
      return (long) RUN.invokeExact(module, method, values, true, false);
    } catch (Throwable e) {
      throw rethrown(e);
    } finally {
      for (int i = 0; i < made; i++) {
        if (!(args[i] instanceof Held)) {
          free(values[i]);
        }
      }
    }
  }

  private static long value(Object arg) throws Throwable {
    if (arg instanceof PtNDArray array) {
      return (long) OF_TENSOR.invokeExact(handle(array));
    } else if (arg instanceof Long whole) {
      return (long) OF_LONG.invokeExact(whole.longValue());
    } else if (arg instanceof Double real) {
      return (long) OF_DOUBLE.invokeExact(real.doubleValue());
    } else if (arg instanceof Boolean flag) {
      return (long) OF_FLAG.invokeExact(flag.booleanValue());
    } else if (arg instanceof long[] wholes) {
      return (long) OF_LONGS.invokeExact(wholes);
    } else if (arg instanceof Held held) {
      return held.value().getHandle();
    } else if (arg instanceof String text) {
      return (long) OF_TEXT.invokeExact(text);
    } else if (arg instanceof Number whole) {
      return (long) OF_LONG.invokeExact(whole.longValue());
    }
    List<?> arrays = (List<?>) arg;
    long[] handles = new long[arrays.size()];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = handle(arrays.get(i));
    }
    return (long) OF_TENSORS.invokeExact(handles);
  }

  private static long handle(Object array) {
    return ((PtNDArray) array).getHandle();
  }

  private static void free(long value) {
    try {
      FREE.invokeExact(value);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The tensor that a value is; frees the value. */
  static NDArray tensor(PtNDManager manager, long value) {
    try {
      return new PtNDArray(manager, (long) TENSOR.invokeExact(value));
    } catch (Throwable e) {
      throw rethrown(e);
    } finally {
      free(value);
    }
  }

  /** The tensors of a list; frees the list. */
  static NDArray[] tensors(PtNDManager manager, long value) {
    try {
      long[] handles = (long[]) TENSORS.invokeExact(value);
      NDArray[] arrays = new NDArray[handles.length];
      for (int i = 0; i < arrays.length; i++) {
        arrays[i] = new PtNDArray(manager, handles[i]);
      }
      return arrays;
    } catch (Throwable e) {
      throw rethrown(e);
    } finally {
      free(value);
    }
  }

  /** The number that a value is; frees the value. */
  static double number(long value) {
    try {
      return (double) NUMBER.invokeExact(value);
    } catch (Throwable e) {
      throw rethrown(e);
    } finally {
      free(value);
    }
  }

  /** A value as DJL's object, which frees it. */
  static IValue value(long value) {
    try {
      return (IValue) VALUE.invokeExact(value);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Another handle of an array, which is freed apart from it. */
  static NDArray again(PtNDManager manager, NDArray array) {
    try {
      return tensor(manager, (long) OF_TENSOR.invokeExact(handle(array)));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Another handle of an array if it is contiguous, else a contiguous copy. */
  static NDArray contiguous(PtNDManager manager, NDArray array) {
    try {
      return new PtNDArray(manager, (long) CONTIGUOUS.invokeExact(handle(array)));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** A view of a part of one axis. */
  static NDArray part(PtNDManager manager, NDArray array, long axis, long begin, long end) {
    try {
      return new PtNDArray(manager, (long) PART.invokeExact(handle(array), axis, begin, end, 1L));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The bytes of an array on the host, in row-major order. */
  static byte[] bytes(NDArray array) {
    try {
      return (byte[]) BYTES.invokeExact(handle(array));
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** The memory of an array on the host while it lives; null if it is not in row-major order. */
  static @Nullable ByteBuffer memory(NDArray array) {
    try {
      return (boolean) IS_CONTIGUOUS.invokeExact(handle(array))
          ? ((ByteBuffer) BUFFER.invokeExact(handle(array))).order(ByteOrder.nativeOrder())
          : null;
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  private static RuntimeException rethrown(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }
}
