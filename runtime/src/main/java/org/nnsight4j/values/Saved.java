package org.nnsight4j.values;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.tensor.Tensor;

/**
 * A value that is kept, so that it can be read after the run. If it was saved in a loop over steps,
 * it has one tensor for each step that happened.
 *
 * @param <A> the width of the value
 */
public interface Saved<A> {
  /**
   * The tensor.
   *
   * @throws RunException before the run, after a failed run, if the value's step never happened or
   *     its branch was not taken, or if it was saved in a loop; the message says which
   */
  Tensor value();

  /**
   * The tensors of each step that happened, in order; outside loops at most one.
   *
   * @throws RunException before the run and after a failed one
   */
  List<Tensor> values();

  /**
   * The tensor of one step of a loop, or nothing if the step never happened.
   *
   * @param step the step of generation, from 0
   * @throws RunException before the run and after a failed one
   */
  Optional<Tensor> at(int step);

  /**
   * The steps of a loop that happened, in order.
   *
   * @throws RunException before the run and after a failed one
   */
  List<Integer> steps();

  /** Whether there is something to read. */
  boolean isPresent();

  /** Whether it was saved in a loop over steps. */
  boolean isOfLoop();

  /** Where {@code save()} was called. */
  SourceLine line();
}
