package org.nnsight4j.values;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.tensor.Tensor;

/**
 * A value that is kept: readable after the run. Saved in a loop over steps it has one tensor for
 * each step that happened.
 *
 * @param <A> the width of the value
 */
public final class Saved<A> {
  private final int node;
  private final SourceLine line;
  private final boolean loop;
  private volatile @Nullable TreeMap<Integer, Tensor> tensors;
  private volatile String missing;

  Saved(int node, SourceLine line, boolean loop) {
    this.node = node;
    this.line = line;
    this.loop = loop;
    this.missing = "the run has not happened yet; it happens when the generator closes";
  }

  /**
   * The numbers.
   *
   * @throws RunException before the run, after a failed run, when the value's step never happened
   *     or its branch was not taken; the message says which. Also when it was saved in a loop.
   */
  public Tensor value() {
    TreeMap<Integer, Tensor> found = tensors;
    if (loop) {
      throw new RunException(
          "the value saved at %s has one tensor for each step of its loop: use values(), or at(step)"
              .formatted(line()));
    }
    if (found == null || found.isEmpty()) {
      throw missing();
    }
    return found.firstEntry().getValue();
  }

  /**
   * The numbers of each step that happened, in order; outside of loops one at most.
   *
   * @throws RunException before the run and after a failed one
   */
  public List<Tensor> values() {
    return List.copyOf(finished().values());
  }

  /**
   * The numbers of one step of a loop, or nothing if the step never happened.
   *
   * @param step the step of generation, from 0
   * @throws RunException before the run and after a failed one
   */
  public Optional<Tensor> at(int step) {
    return Optional.ofNullable(finished().get(step));
  }

  /**
   * The steps of a loop that happened, in order.
   *
   * @throws RunException before the run and after a failed one
   */
  public List<Integer> steps() {
    return List.copyOf(finished().keySet());
  }

  /** Whether there is something to read. */
  public boolean isPresent() {
    TreeMap<Integer, Tensor> found = tensors;
    return found != null && !found.isEmpty();
  }

  /** Whether it was saved in a loop over steps. */
  public boolean isOfLoop() {
    return loop;
  }

  /** Where {@code save()} was called. */
  public SourceLine line() {
    return line;
  }

  private TreeMap<Integer, Tensor> finished() {
    TreeMap<Integer, Tensor> found = tensors;
    if (found == null) {
      throw missing();
    }
    return found;
  }

  private RunException missing() {
    return new RunException("the value saved at %s cannot be read: %s".formatted(line(), missing));
  }

  /** The number of its node. */
  public int id() {
    return node;
  }

  int node() {
    return node;
  }

  void complete(Map<Integer, Tensor> results, String reason) {
    missing = reason;
    tensors = new TreeMap<>(results);
  }

  void absent(String reason) {
    if (tensors == null) {
      missing = reason;
    }
  }

  @Override
  public String toString() {
    TreeMap<Integer, Tensor> found = tensors;
    if (found == null || found.isEmpty()) {
      return "Saved(" + missing + ")";
    }
    return "Saved(" + (loop ? found : found.firstEntry().getValue()) + ")";
  }
}
