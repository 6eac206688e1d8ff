package org.nnsight4j;

import java.util.Objects;
import org.nnsight4j.internal.eager.EagerCreation;
import org.nnsight4j.internal.eager.EagerValue;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Operations on numbers that are here, such as those that a run saved: each is computed when it is
 * called, on the CPU, without a model. The operations, their rules and their kernels are those of a
 * run; {@link Value#tensor()} gives the result.
 *
 * <pre>{@code
 * Tensor best = Eager.of(logits).get("0, -1").softmax(-1).topK(5, -1).indices().tensor();
 * }</pre>
 *
 * <p>In an operation with a value of a run, such a value is a constant of that run. What needs a
 * run (sites, gradients, {@code at}) is refused.
 */
@NotUserCode
public final class Eager {
  private Eager() {}

  /** A tensor as a value. */
  public static Value<Axis> of(Tensor tensor) {
    Objects.requireNonNull(tensor, "the tensor is null");
    return EagerValue.of(tensor);
  }

  /**
   * What a run saved, as a value of the same width.
   *
   * @throws org.nnsight4j.error.RunException as {@link Saved#value()}
   */
  public static <A> Value<A> of(Saved<A> saved) {
    Objects.requireNonNull(saved, "the saved value is null");
    return EagerValue.of(saved.value());
  }

  /** Zeros, ranges, random numbers with a seed. */
  public static Creation create() {
    return new EagerCreation();
  }
}
