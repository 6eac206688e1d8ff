package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model with weights: its modules by path, and the forward pass over token ids. */
public abstract class Network {
  private final Map<String, Module> modules = new LinkedHashMap<>();

  /** Makes a module callable by its path. */
  protected final <T extends Module> T register(T module) {
    modules.put(module.path(), module);
    return module;
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
   * @return logits {@code [batch, position, vocab]} or, if the pass wants only those, of the last
   *     position; null when the taps were done before
   */
  public abstract @Nullable NDArray forward(Pass pass, NDArray ids, NDArray positions);
}
