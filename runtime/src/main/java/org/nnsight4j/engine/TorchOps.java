package org.nnsight4j.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;

/**
 * Calls kernels: all operations of {@link OpTable} and the forward pass's own ({@link Kernels}), as
 * one TorchScript module that is written at start-up. The only class that knows how to call
 * TorchScript. Thread-safe.
 *
 * <p>Results belong to the given arena, whatever the operands belong to.
 */
public final class TorchOps {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();
  private static volatile @Nullable TorchOps instance;

  private final PtSymbolBlock module;
  private final MethodHandle runMethod;
  private final MethodHandle newValue;

  /**
   * Kernels that create arrays without an input tensor, so that they need a device as a parameter.
   */
  private final Set<String> placed = new HashSet<>();

  private TorchOps() {
    TorchEngine.start();
    List<ScriptArchive.Method> methods = methods();
    methods.stream()
        .filter(ScriptArchive.Method::isPlaced)
        .map(ScriptArchive.Method::name)
        .forEach(placed::add);
    try {
      this.module = loaded(methods);
      // DJL's public way to call a method always runs in inference mode, whose tensors cannot have
      // gradients; the native method behind it takes the mode as an argument.
      MethodHandles.Lookup jni =
          MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup());
      Class<?> library = jni.findClass("ai.djl.pytorch.jni.PyTorchLibrary");
      this.runMethod =
          jni.findVirtual(
                  library,
                  "moduleRunMethod",
                  MethodType.methodType(
                      long.class,
                      long.class,
                      String.class,
                      long[].class,
                      boolean.class,
                      boolean.class))
              .bindTo(jni.findStaticGetter(library, "LIB", library).invoke());
      this.newValue =
          jni.findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(
          "this version of ai.djl.pytorch is not the one that nnsight4j was built for", e);
    }
  }

  /** All kernels, as texts. */
  static List<ScriptArchive.Method> methods() {
    List<ScriptArchive.Method> methods = new ArrayList<>(Kernels.ALL);
    methods.addAll(ProductKernels.ALL);
    methods.addAll(PackedKernels.ALL);
    methods.addAll(LayerKernels.ALL);
    methods.addAll(RotaryKernels.ALL);
    methods.addAll(ScoreKernels.ALL);
    methods.addAll(ExpertKernels.ALL);
    methods.addAll(SplitKernels.ALL);
    methods.addAll(SweepKernels.ALL);
    for (Op op : OpTable.all()) {
      methods.add(new ScriptArchive.Method(scriptName(op.name()), op.signature(), op.kernel()));
    }
    return methods;
  }

  /**
   * The kernels, loaded at the first call.
   *
   * @throws org.nnsight4j.error.RunException if the engine cannot be started
   */
  public static TorchOps get() {
    TorchOps loaded = instance;
    return loaded != null ? loaded : load();
  }

  /**
   * Begins to load the kernels on a thread of its own, for a caller that has other things to do
   * before the first call.
   */
  public static void begin() {
    if (instance == null && BEGUN.compareAndSet(false, true)) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  var unused = get();
                } catch (RuntimeException | LinkageError e) {
                  // The caller's own call fails in the same way, and tells.
                  BEGUN.set(false);
                }
              },
              "nnsight4j-engine-start");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static synchronized TorchOps load() {
    TorchOps loaded = instance;
    if (loaded == null) {
      loaded = new TorchOps();
      instance = loaded;
    }
    return loaded;
  }

  /** The method name of an operation; a prefix distinguishes it from the forward pass's kernels. */
  public static String scriptName(String op) {
    return "op_" + op;
  }

  /**
   * Loads kernels beside these, for a caller that closes them.
   *
   * @param methods the kernels, and those that they call
   */
  Loaded load(List<ScriptArchive.Method> methods) {
    try {
      return new Loaded(loaded(methods));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PtSymbolBlock loaded(List<ScriptArchive.Method> methods) throws IOException {
    PtNDManager forever = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
    byte[] archive = ScriptArchive.of(methods);
    return JniUtils.loadModule(forever, new ByteArrayInputStream(archive), false, false);
  }

  /** Kernels that were loaded beside the usual ones. */
  final class Loaded implements AutoCloseable {
    private final PtSymbolBlock module;

    private Loaded(PtSymbolBlock module) {
      this.module = module;
    }

    /** Calls a kernel with one result. */
    NDArray call(Arena arena, String method, Object... args) {
      try (IValue result = run(module, method, args)) {
        return result.toTensor(arena.manager());
      }
    }

    @Override
    public void close() {
      module.close();
    }
  }

  /** Calls a kernel with one result. */
  public NDArray call(Arena arena, String method, Object... args) {
    try (IValue result = run(method, placed(arena, method, args))) {
      return result.toTensor(arena.manager());
    }
  }

  /** Calls a kernel whose result is no tensor; the caller closes it. */
  Held hold(String method, Object... args) {
    return new Held(run(method, args));
  }

  /** Calls a kernel that returns a list of tensors. */
  public NDArray[] callMany(Arena arena, String method, Object... args) {
    try (IValue result = run(method, placed(arena, method, args))) {
      return result.toTensorArray(arena.manager());
    }
  }

  private Object[] placed(Arena arena, String method, Object[] args) {
    if (!placed.contains(method)) {
      return args;
    }
    Object[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = arena.device().name();
    return all;
  }

  /** Calls a kernel that returns a number. */
  public double number(String method, Object... args) {
    try (IValue result = run(method, args)) {
      return result.toDouble();
    }
  }

  /**
   * A run can end between two kernels, but not within one.
   *
   * @throws RunException if the thread was interrupted
   */
  private static void noticeInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw new RunException(
          "the run was interrupted; nothing was saved, and the thread's interrupt flag is still"
              + " set");
    }
  }

  private IValue run(String method, Object... args) {
    return run(module, method, args);
  }

  private IValue run(PtSymbolBlock block, String method, Object... args) {
    noticeInterrupt();
    IValue[] values = new IValue[args.length];
    long[] handles = new long[args.length];
    try {
      for (int i = 0; i < args.length; i++) {
        values[i] = value(args[i]);
        handles[i] = values[i].getHandle();
      }
      long result =
          (long) runMethod.invokeExact(block.getHandle().longValue(), method, handles, true, false);
      return (IValue) newValue.invokeExact(result);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null && !(args[i] instanceof Held)) {
          values[i].close();
        }
      }
    }
  }

  private static IValue value(Object arg) {
    if (arg instanceof PtNDArray array) {
      return IValue.from(array);
    } else if (arg instanceof Held held) {
      return held.value();
    } else if (arg instanceof Double real) {
      return IValue.from(real.doubleValue());
    } else if (arg instanceof Number whole) {
      return IValue.from(whole.longValue());
    } else if (arg instanceof Boolean flag) {
      return IValue.from(flag.booleanValue());
    } else if (arg instanceof String text) {
      return IValue.from(text);
    } else if (arg instanceof long[] wholes) {
      return IValue.listFrom(wholes);
    }
    List<?> arrays = (List<?>) arg;
    return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
  }
}
