package org.nnsight4j.internal.graph;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.tensor.Tensor;

/**
 * The results of one run for a saved value.
 *
 * @param line where {@code save()} was called
 * @param loop whether it was saved in a loop over steps
 * @param tensors by step, for the steps that happened
 * @param missing why the others are missing
 */
public record SavedNumbers(
    SourceLine line, boolean loop, Map<Integer, Tensor> tensors, String missing) {
  public SavedNumbers {
    tensors = Collections.unmodifiableMap(new TreeMap<>(tensors));
  }

  /**
   * The tensor of a value outside loops.
   *
   * @throws RunException if it was saved in a loop, or there is none
   */
  public Tensor value() {
    checkNoLoop(line, loop);
    if (tensors.isEmpty()) {
      throw missing(line, missing);
    }
    return tensors.values().iterator().next();
  }

  /** The tensors of each step that happened, in order. */
  public List<Tensor> values() {
    return List.copyOf(tensors.values());
  }

  /** The steps that happened, in order. */
  public List<Integer> steps() {
    return List.copyOf(tensors.keySet());
  }

  /** The tensor of one step, or nothing if it never happened. */
  public Optional<Tensor> at(int step) {
    return Optional.ofNullable(tensors.get(step));
  }

  static void checkNoLoop(SourceLine line, boolean loop) {
    if (loop) {
      throw new RunException(
          "the value saved at %s has one tensor for each step of its loop: use values(), or at(step)"
              .formatted(line));
    }
  }

  static RunException missing(SourceLine line, String reason) {
    return new RunException("the value saved at %s cannot be read: %s".formatted(line, reason));
  }

  @Override
  public String toString() {
    return "Saved("
        + (tensors.isEmpty() ? missing : loop ? tensors : tensors.values().iterator().next())
        + ")";
  }
}
