package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.values.Precision;

/** A model with weights: its modules by path, and the forward pass over token ids. */
public abstract class Network {
  private final Map<String, Module> modules;
  private final Map<String, Integer> attentions;
  private final Weights weights;
  private final Parts parts;

  protected Network(Parts parts) {
    this.modules = parts.modules();
    this.attentions = parts.attentions();
    this.weights = parts.weights();
    this.parts = parts;
  }

  /** With which numbers it computes. */
  public final Precision precision() {
    return weights.precision();
  }

  /** A parameter in the type of its file. */
  public final NDArray parameter(String name) {
    return weights.stored(name);
  }

  /** The arrays that modules have for a parameter: as stored, and converted. */
  public final List<NDArray> parameterHandles(String name) {
    return weights.handles(name);
  }

  /** The elements of the largest matrix of a linear layer, without that for logits. */
  final long largestMatrix() {
    // Modules are made after this object.
    return parts.largestMatrix();
  }

  /** Where it computes. */
  public final TorchDevice device() {
    return weights.device();
  }

  /**
   * Asks before a pass whether its weights can still be read.
   *
   * @throws org.nnsight4j.error.CheckpointException if a file of them was written to
   */
  public final void checkWeights() {
    weights.checkUnchanged();
  }

  /** The layers of the cache whose keys and values are made inside a module. */
  public final List<Integer> attentionLayers(String module) {
    return attentions.entrySet().stream()
        .filter(each -> each.getKey().equals(module) || each.getKey().startsWith(module + "."))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** The module at a path, or null. */
  public final @Nullable Module module(String path) {
    return modules.get(path);
  }

  /** The {@link #rereadsBeyond()} of networks whose keys never change. */
  public static final int NEVER = Integer.MAX_VALUE;

  /**
   * The length beyond which a row's earlier keys are no longer valid, so that they are computed
   * again from its tokens when it grows beyond it.
   */
  public int rereadsBeyond() {
    return NEVER;
  }

  /** The number of layers with keys and values to cache. */
  public abstract int layers();

  /**
   * One forward pass; {@link Pass#positions()} says where its tokens are.
   *
   * @param ids token ids, {@code [batch, position]}
   * @return logits {@code [batch, position, vocab]}, possibly only of the last position if the pass
   *     needs no others; null if the listeners were done earlier
   */
  public abstract @Nullable NDArray forward(Pass pass, NDArray ids);
}
