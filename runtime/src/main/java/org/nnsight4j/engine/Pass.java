package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;

/**
 * One forward pass under way: who listens, where results live, masks, positions and the cache. Used
 * by one thread.
 */
public final class Pass {
  private final Taps taps;
  private final boolean gradients;
  private final @Nullable NDArray mask;
  private final @Nullable KvCache cache;
  private final boolean lastPositionOnly;
  private Arena arena;

  /**
   * Starts a pass.
   *
   * @param arena where results live
   * @param mask additive, {@code [batch, 1, position, key]}; null for a plain causal pass
   * @param cache keys and values of earlier passes, or null
   * @param lastPositionOnly whether only the last position's logits are wanted
   * @param gradients whether operations must be differentiable afterwards
   */
  public Pass(
      Taps taps,
      Arena arena,
      @Nullable NDArray mask,
      @Nullable KvCache cache,
      boolean lastPositionOnly,
      boolean gradients) {
    this.taps = taps;
    this.arena = arena;
    this.mask = mask;
    this.cache = cache;
    this.lastPositionOnly = lastPositionOnly;
    this.gradients = gradients;
  }

  public TorchOps ops() {
    return TorchOps.get();
  }

  public Arena arena() {
    return arena;
  }

  public @Nullable NDArray mask() {
    return mask;
  }

  public @Nullable KvCache cache() {
    return cache;
  }

  public boolean gradients() {
    return gradients;
  }

  /** Whether logits of earlier positions are neither read nor returned. */
  public boolean lastPositionOnly() {
    return lastPositionOnly;
  }

  Taps taps() {
    return taps;
  }

  /** Whether the rest of the pass can be left out. Also the place where an interrupt is noticed. */
  public boolean done() {
    if (Thread.currentThread().isInterrupted()) {
      throw new RunException(
          "the run was interrupted; nothing was saved, and the thread's interrupt flag is still set");
    }
    return taps.done();
  }

  /** Runs a part of the network whose intermediate results are freed when it ends. */
  public NDArray scoped(Supplier<NDArray> part) {
    if (gradients) {
      // The backward pass needs them.
      return part.get();
    }
    Arena outer = arena;
    try (Arena inner = outer.child()) {
      arena = inner;
      return outer.keep(part.get());
    } finally {
      arena = outer;
    }
  }
}
