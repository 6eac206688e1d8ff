package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model with weights: its modules by path, and the forward pass over token ids. */
public abstract class Network {
  private final Map<String, Module> modules;

  protected Network(Parts parts) {
    this.modules = parts.modules();
  }

  /** The module at a path, or null. */
  public final @Nullable Module module(String path) {
    return modules.get(path);
  }

  /** The number of layers with keys and values to cache. */
  public abstract int layers();

  /**
   * One forward pass.
   *
   * @param ids token ids, {@code [batch, position]}
   * @param positions the position of each token in its own row, {@code [batch, position]}
   * @return logits {@code [batch, position, vocab]}, perhaps of the last position only if the pass
   *     wants only those; null when the taps were done before
   */
  public abstract @Nullable NDArray forward(Pass pass, NDArray ids, NDArray positions);
}
