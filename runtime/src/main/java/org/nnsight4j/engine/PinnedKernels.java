package org.nnsight4j.engine;

import org.jspecify.annotations.Nullable;

/**
 * While it is open, the passes of the calling thread compute with so many threads and with one
 * written form of each matrix product, whatever this machine has measured: two machines then add in
 * the same order. Passes inside passes keep the innermost choice.
 */
public final class PinnedKernels implements AutoCloseable {
  private static final ThreadLocal<PinnedKernels> OPEN = new ThreadLocal<>();

  private final int threads;
  private final ProductForm form;
  private final @Nullable PinnedKernels before;

  private PinnedKernels(int threads, ProductForm form) {
    this.threads = threads;
    this.form = form;
    this.before = OPEN.get();
  }

  /**
   * Pins the calling thread.
   *
   * @param threads of one operation, 1 or more
   * @param form as in the property {@code nnsight4j.linear}, such as {@code linear}
   * @throws IllegalArgumentException if there is no such form
   */
  public static PinnedKernels enter(int threads, String form) {
    if (threads < 1) {
      throw new IllegalArgumentException("expected a thread or more, found " + threads);
    }
    PinnedKernels pinned = new PinnedKernels(threads, ProductForm.of(form));
    OPEN.set(pinned);
    return pinned;
  }

  /**
   * The processor's kind, its vector instructions and the library, on which bits depend. The
   * library takes fewer instructions if {@code ATEN_CPU_CAPABILITY} says so.
   */
  public static String machine() {
    String told = System.getenv("ATEN_CPU_CAPABILITY");
    return "libtorch %s, %s, %s"
        .formatted(
            TorchEngine.TORCH,
            System.getProperty("os.arch", ""),
            told == null ? Processor.vectors() : told);
  }

  /** The number of threads of the calling thread's passes, or 0 if it is not pinned. */
  static int threads() {
    PinnedKernels open = OPEN.get();
    return open == null ? 0 : open.threads;
  }

  /** The form of the calling thread's products, or null if it is not pinned. */
  static @Nullable ProductForm form() {
    PinnedKernels open = OPEN.get();
    return open == null ? null : open.form;
  }

  @Override
  public void close() {
    if (before == null) {
      OPEN.remove();
    } else {
      OPEN.set(before);
    }
  }
}
