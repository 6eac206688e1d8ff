import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.nnsight4j.engine.TorchOps;

/**
 * The experiment of decision 041: nanoseconds a call of libtorch 2.7.1 through its stable C interface and Java's
 * foreign functions (JDK 22 or newer), against DJL's JNI and against our kernels in TorchScript, in the same process, on
 * the same library.
 *
 * <pre>java --enable-native-access=ALL-UNNAMED -cp RUNTIME_CLASSES:DJL_JARS CallCost.java DIRECTORY_WITH_LIBTORCH_CPU_SO</pre>
 */
public final class CallCost {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Linker LINKER = Linker.nativeLinker();
  private static final int FLOAT32 = 6;
  private static final int ROUNDS = 7;
  private static final int CALLS = Integer.getInteger("calls", 20_000);

  private static SymbolLookup torch;
  private static MethodHandle free;
  private static MethodHandle multiply;
  private static MethodHandle add;
  private static MethodHandle dispatch;
  private static MethodHandle pointer;

  private static MethodHandle function(String name, FunctionDescriptor types) {
    return LINKER.downcallHandle(torch.find(name).orElseThrow(), types);
  }

  private static long tensor(Arena arena, int type, int bytes, long... shape) throws Throwable {
    MethodHandle create =
        function(
            "aoti_torch_create_tensor_from_blob",
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    long[] strides = new long[shape.length];
    long count = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = count;
      count *= shape[i];
    }
    MemorySegment numbers = arena.allocate(count * bytes, 64);
    for (long i = 0; i < count && type == FLOAT32; i++) {
      numbers.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i));
    }
    MemorySegment handle = arena.allocate(JAVA_LONG);
    int error =
        (int)
            create.invokeExact(
                numbers, (long) shape.length, arena.allocateFrom(JAVA_LONG, shape),
                arena.allocateFrom(JAVA_LONG, strides), 0L, type, 0, 0, handle);
    check(error);
    return handle.get(JAVA_LONG, 0);
  }

  private static void check(int error) {
    if (error != 0) {
      throw new IllegalStateException("the library reports an error; its text is on standard error");
    }
  }

  /** Asks the dispatcher; the results are in front of the stack afterwards. */
  private static int dispatched(MemorySegment name, MemorySegment overload, MemorySegment stack) throws Throwable {
    return (int) dispatch.invokeExact(name, overload, stack);
  }

  private interface Call {
    void run() throws Throwable;
  }

  /** Median nanoseconds of processor time, which other processes disturb less than the clock. */
  private static double nanoseconds(Call call) throws Throwable {
    double[] rounds = new double[ROUNDS];
    for (int i = 0; i < CALLS; i++) {
      call.run();
    }
    for (int round = 0; round < ROUNDS; round++) {
      long begin = THREADS.getCurrentThreadCpuTime();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      rounds[round] = (THREADS.getCurrentThreadCpuTime() - begin) / (double) CALLS;
    }
    Arrays.sort(rounds);
    return rounds[ROUNDS / 2];
  }

  private static String told(Call call) throws Throwable {
    return call == null ? "-" : String.format(Locale.ROOT, "%.0f ns", nanoseconds(call));
  }

  private static void print(String what, Call foreign, Call djl, Call script) throws Throwable {
    System.out.printf("| %s | %s | %s | %s |%n", what, told(foreign), told(djl), told(script));
  }

  /** Measures, then asks for what may be missing. */
  public static void main(String[] args) throws Throwable {
    try (NDManager manager = NDManager.newBaseManager(ai.djl.Device.cpu(), "PyTorch");
        Arena arena = Arena.ofConfined()) {
      NDArray small = manager.ones(new Shape(1, 64)); // DJL loads the library.
      torch = SymbolLookup.libraryLookup(Path.of(args[0], "libtorch_cpu.so"), arena);
      free = function("aoti_torch_delete_tensor_object", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
      multiply =
          function("aoti_torch_cpu_mul_Tensor", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS));
      add =
          function(
              "aoti_torch_cpu_add_Tensor",
              FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_DOUBLE, ADDRESS));
      dispatch =
          function("aoti_torch_call_dispatcher", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
      pointer = function("aoti_torch_get_data_ptr", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
      measure(manager, arena, small);
      reach(arena);
    }
  }

  private static void measure(NDManager manager, Arena arena, NDArray small) throws Throwable {
    long a = tensor(arena, FLOAT32, 4, 1, 64);
    long b = tensor(arena, FLOAT32, 4, 1, 64);
    long square = tensor(arena, FLOAT32, 4, 64, 64);
    TorchOps ops = TorchOps.get();
    org.nnsight4j.engine.Arena kept = org.nnsight4j.engine.Arena.open();
    NDArray other = manager.ones(new Shape(1, 64));
    NDArray matrix = manager.ones(new Shape(64, 64));
    MemorySegment result = arena.allocate(JAVA_LONG);
    MemorySegment stack = arena.allocate(JAVA_LONG, 8);
    MemorySegment none = arena.allocateFrom("");
    print(
        "a call that does no work (data pointer)",
        () -> check((int) pointer.invokeExact(a, result)),
        () -> ((ai.djl.pytorch.engine.PtNDArray) small).getHandle(),
        null);
    print(
        "mul of [1, 64], and free",
        () -> {
          check((int) multiply.invokeExact(a, b, result));
          check((int) free.invokeExact(result.get(JAVA_LONG, 0)));
        },
        () -> small.mul(other).close(),
        () -> ops.call(kept, "op_mul", small, other).close());
    print(
        "add of [1, 64], and free",
        () -> {
          check((int) add.invokeExact(a, b, 1.0, result));
          check((int) free.invokeExact(result.get(JAVA_LONG, 0)));
        },
        () -> small.add(other).close(),
        () -> ops.call(kept, "op_add", small, other).close());
    MemorySegment mul = arena.allocateFrom("aten::mul");
    MemorySegment tensorOverload = arena.allocateFrom("Tensor");
    MethodHandle copy = function("aoti_torch_new_tensor_handle", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
    print(
        "mul by name through the dispatcher, and free",
        () -> {
          owned(copy, stack, result, a, b);
          check(dispatched(mul, tensorOverload, stack));
          check((int) free.invokeExact(stack.get(JAVA_LONG, 0)));
        },
        null,
        null);
    MemorySegment matmul = arena.allocateFrom("aten::matmul");
    print(
        "matmul of [1, 64] and [64, 64] by name, and free",
        () -> {
          owned(copy, stack, result, a, square);
          check(dispatched(matmul, none, stack));
          check((int) free.invokeExact(stack.get(JAVA_LONG, 0)));
        },
        () -> small.matMul(matrix).close(),
        () -> ops.call(kept, "op_matmul", small, matrix).close());
    MethodHandle int8 =
        function(
            "aoti_torch_cpu__weight_int8pack_mm",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS));
    long x = tensor(arena, FLOAT32, 4, 1, 768);
    long weights = tensor(arena, 1, 1, 768, 768);
    long scales = tensor(arena, FLOAT32, 4, 768);
    print(
        "_weight_int8pack_mm of [1, 768], [768, 768]",
        () -> {
          check((int) int8.invokeExact(x, weights, scales, result));
          check((int) free.invokeExact(result.get(JAVA_LONG, 0)));
        },
        null,
        null);
  }

  /** The dispatcher takes the handles that it is given, so each call needs handles of its own. */
  private static void owned(MethodHandle copy, MemorySegment stack, MemorySegment result, long... handles)
      throws Throwable {
    for (int i = 0; i < handles.length; i++) {
      check((int) copy.invokeExact(handles[i], result));
      stack.setAtIndex(JAVA_LONG, i, result.get(JAVA_LONG, 0));
    }
  }

  /** Whether operations can be called at all. */
  private static void reach(Arena arena) throws Throwable {
    MethodHandle copy = function("aoti_torch_new_tensor_handle", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
    long a = tensor(arena, FLOAT32, 4, 4, 64);
    MemorySegment result = arena.allocate(JAVA_LONG);
    Object[][] calls = {
      {"aten::add", "Tensor", 2, new long[] {1}}, // alpha is a Scalar
      {"aten::softmax", "int", 1, new long[] {1, 0}},
      {"aten::transpose", "int", 1, new long[] {0, 1}},
      {"aten::select", "int", 1, new long[] {0, 1}},
      {"aten::view", "", 1, new long[] {0}}, // a list of lengths
      {"aten::gelu", "", 1, new long[] {0}}, // a string
      {"aten::requires_grad_", "", 1, new long[] {1}},
      {"aten::_backward", "", 1, new long[] {0, 0, 0, 0}}, // a list of inputs
    };
    for (Object[] call : calls) {
      MemorySegment stack = arena.allocate(JAVA_LONG, 8);
      long[] handles = new long[(int) call[2]];
      Arrays.fill(handles, a);
      owned(copy, stack, result, handles);
      long[] rest = (long[]) call[3];
      for (int i = 0; i < rest.length; i++) {
        stack.setAtIndex(JAVA_LONG, handles.length + i, rest[i]);
      }
      int error = dispatched(arena.allocateFrom((String) call[0]), arena.allocateFrom((String) call[1]), stack);
      System.out.printf("%s.%s: %s%n", call[0], call[1], error == 0 ? "callable" : "refused");
    }
  }
}
