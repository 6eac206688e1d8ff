package org.nnsight4j.internal.graph;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/**
 * A value that is kept, and its numbers once the run has happened.
 *
 * @param <A> the width of the value
 */
public final class SavedValue<A> implements Saved<A> {
  private final int node;
  private final SourceLine line;
  private final boolean loop;
  private volatile @Nullable TreeMap<Integer, Tensor> tensors;
  private volatile String missing;

  SavedValue(int node, SourceLine line, boolean loop) {
    this.node = node;
    this.line = line;
    this.loop = loop;
    this.missing = "the run has not happened yet; it happens when the generator closes";
  }

  @Override
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

  @Override
  public List<Tensor> values() {
    return List.copyOf(finished().values());
  }

  @Override
  public Optional<Tensor> at(int step) {
    return Optional.ofNullable(finished().get(step));
  }

  @Override
  public List<Integer> steps() {
    return List.copyOf(finished().keySet());
  }

  @Override
  public boolean isPresent() {
    TreeMap<Integer, Tensor> found = tensors;
    return found != null && !found.isEmpty();
  }

  @Override
  public boolean isOfLoop() {
    return loop;
  }

  @Override
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

  /** What stands behind a saved value of the user's. */
  public static SavedValue<?> of(Saved<?> saved) {
    if (saved instanceof SavedValue<?> own) {
      return own;
    }
    throw new IllegalArgumentException("expected what save() gave, found " + saved.getClass());
  }

  /** The number of its node. */
  public int id() {
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
