package org.nnsight4j.internal.graph;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
  private volatile @Nullable SavedNumbers numbers;
  private volatile String missing;

  SavedValue(int node, SourceLine line, boolean loop) {
    this.node = node;
    this.line = line;
    this.loop = loop;
    this.missing = "the run has not happened yet; it happens when the generator closes";
  }

  @Override
  public Tensor value() {
    SavedNumbers.checkNoLoop(line, loop);
    return finished().value();
  }

  @Override
  public List<Tensor> values() {
    return finished().values();
  }

  @Override
  public Optional<Tensor> at(int step) {
    return finished().at(step);
  }

  @Override
  public List<Integer> steps() {
    return finished().steps();
  }

  @Override
  public boolean isPresent() {
    SavedNumbers found = numbers;
    return found != null && !found.tensors().isEmpty();
  }

  @Override
  public boolean isOfLoop() {
    return loop;
  }

  @Override
  public SourceLine line() {
    return line;
  }

  private SavedNumbers finished() {
    SavedNumbers found = numbers;
    if (found == null) {
      throw SavedNumbers.missing(line, missing);
    }
    return found;
  }

  /** The implementation of a user's saved value. */
  public static SavedValue<?> of(Saved<?> saved) {
    if (saved instanceof SavedValue<?> own) {
      return own;
    }
    throw new IllegalArgumentException("expected what save() gave, found " + saved.getClass());
  }

  /** The id of its node. */
  public int id() {
    return node;
  }

  /** The results of a run of its recording for it. */
  public SavedNumbers of(Map<Integer, Tensor> results, String reason) {
    return new SavedNumbers(line, loop, results, reason);
  }

  void complete(Map<Integer, Tensor> results, String reason) {
    numbers = of(results, reason);
  }

  void absent(String reason) {
    if (numbers == null) {
      missing = reason;
    }
  }

  @Override
  public String toString() {
    SavedNumbers found = numbers;
    return found == null ? "Saved(" + missing + ")" : found.toString();
  }
}
