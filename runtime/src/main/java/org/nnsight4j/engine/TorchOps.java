package org.nnsight4j.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

  /**
   * Kernels that create arrays without an input tensor, so that they need a device as a parameter.
   */
  private final Set<String> placed = new HashSet<>();

  /** What {@link #load} gave and nobody has closed yet. */
  private final Map<List<ScriptArchive.Method>, Loaded> beside = new HashMap<>();

  private TorchOps() {
    TorchEngine.start();
    List<ScriptArchive.Method> methods = methods();
    methods.stream()
        .filter(ScriptArchive.Method::isPlaced)
        .map(ScriptArchive.Method::name)
        .forEach(placed::add);
    try {
      this.module = loaded(methods);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All kernels, as texts. */
  static List<ScriptArchive.Method> methods() {
    List<ScriptArchive.Method> methods = new ArrayList<>(Kernels.ALL);
    methods.addAll(ProductKernels.ALL);
    methods.addAll(PackedKernels.ALL);
    methods.addAll(ByteKernels.ALL);
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
   * Loads kernels beside these, for a caller that closes them. Callers with the same kernels share
   * them, because to load a text takes longer than to run it: a model that is opened twice, or
   * beside another of its shape, compiles nothing.
   *
   * @param methods the kernels, and those that they call
   */
  Loaded load(List<ScriptArchive.Method> methods) {
    synchronized (beside) {
      Loaded known = beside.get(methods);
      if (known == null) {
        try {
          known = new Loaded(methods, loaded(methods));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        beside.put(methods, known);
      }
      known.callers++;
      return known;
    }
  }

  private static PtSymbolBlock loaded(List<ScriptArchive.Method> methods) throws IOException {
    PtNDManager forever = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
    byte[] archive = ScriptArchive.of(methods);
    return JniUtils.loadModule(forever, new ByteArrayInputStream(archive), false, false);
  }

  /** Kernels that were loaded beside the usual ones. */
  final class Loaded implements AutoCloseable {
    private final List<ScriptArchive.Method> methods;
    private final PtSymbolBlock module;
    private int callers;

    private Loaded(List<ScriptArchive.Method> methods, PtSymbolBlock module) {
      this.methods = methods;
      this.module = module;
    }

    /** Calls a kernel that returns a list of tensors. */
    NDArray[] callMany(Arena arena, String method, Object... args) {
      return NativeCalls.tensors(arena.manager(), run(module, method, args));
    }

    /** Frees the kernels when the last caller has closed them. */
    @Override
    public void close() {
      synchronized (beside) {
        callers--;
        if (callers == 0) {
          beside.remove(methods);
          module.close();
        }
      }
    }
  }

  /** Calls a kernel with one result. */
  public NDArray call(Arena arena, String method, Object... args) {
    return NativeCalls.tensor(arena.manager(), run(method, placed(arena, method, args)));
  }

  /** Calls a kernel whose result is no tensor; the caller closes it. */
  Held hold(String method, Object... args) {
    return new Held(NativeCalls.value(run(method, args)));
  }

  /** Calls a kernel that returns a list of tensors. */
  public NDArray[] callMany(Arena arena, String method, Object... args) {
    return NativeCalls.tensors(arena.manager(), run(method, placed(arena, method, args)));
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
    return NativeCalls.number(run(method, args));
  }

  /**
   * A run can end between two kernels, but not within one.
   *
   * @throws RunException if the thread was interrupted
   */
  public static void noticeInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw new RunException(
          "the run was interrupted; nothing was saved, and the thread's interrupt flag is still"
              + " set");
    }
  }

  private long run(String method, Object... args) {
    return run(module, method, args);
  }

  private static long run(PtSymbolBlock block, String method, Object[] args) {
    noticeInterrupt();
    return NativeCalls.run(block.getHandle(), method, args);
  }
}
