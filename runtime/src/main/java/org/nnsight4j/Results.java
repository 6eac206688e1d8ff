package org.nnsight4j;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.graph.SavedNumbers;
import org.nnsight4j.internal.graph.SavedValue;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;

/** The results of one run of a {@link Prepared} recording. */
public final class Results {
  private final LanguageModel<?> owner;
  private final Recording recording;
  private final Result result;

  Results(LanguageModel<?> owner, Recording recording, Result result) {
    this.owner = owner;
    this.recording = recording;
    this.result = result;
  }

  /**
   * The numbers of a saved value.
   *
   * @throws RunException if its step never happened, its branch was not taken, or it was saved in a
   *     loop or by another recording
   */
  public Tensor value(Saved<?> saved) {
    return numbers(saved).value();
  }

  /** The numbers of each step that happened, in order; outside loops at most one. */
  public List<Tensor> values(Saved<?> saved) {
    return numbers(saved).values();
  }

  /** The numbers of one step of a loop, or nothing if the step never happened. */
  public Optional<Tensor> at(Saved<?> saved, int step) {
    return numbers(saved).at(step);
  }

  private SavedNumbers numbers(Saved<?> saved) {
    if (!recording.saves().isOwn(saved)) {
      throw new RunException(
          "the value saved at %s belongs to another recording".formatted(saved.line()));
    }
    SavedValue<?> own = SavedValue.of(saved);
    Map<Integer, Tensor> tensors = result.saved().getOrDefault(own.id(), Map.of());
    return own.of(tensors, tensors.isEmpty() ? result.reason(own.id()) : "");
  }

  /** The generated ids and texts of every row. */
  public Output output() {
    @Nullable Generated generated = result.generated();
    if (generated == null) {
      throw new RunException(
          "a trace is one forward pass and generates nothing; prepare it with options of generation");
    }
    return owner.output(generated);
  }

  /** What really happened in the run. */
  public Receipt receipt() {
    return result.receipt();
  }
}
