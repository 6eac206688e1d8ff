package org.nnsight4j.sweep;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** The logits of each prompt's last position, from which metrics are recorded. */
public interface SweepLogits {
  /** Those of the run with an intervention; {@code [prompt, vocab]}. */
  Value<Axis> changed();

  /** Those of the clean run, without interventions; {@code [prompt, vocab]}. */
  Value<Axis> clean();

  /**
   * Those of the corrupted run, without interventions; {@code [prompt, vocab]}. In a sweep over one
   * text for each prompt they are those of the clean run.
   */
  Value<Axis> corrupted();

  /** How many prompts there are. */
  int prompts();

  /**
   * The id of a text that is one token, such as {@code " Mary"}.
   *
   * @throws org.nnsight4j.error.RecordingException if it is several
   */
  long token(String text);

  /** Numbers from outside as a value. */
  default Value<Axis> constant(Tensor tensor) {
    return changed().constant(tensor);
  }
}
