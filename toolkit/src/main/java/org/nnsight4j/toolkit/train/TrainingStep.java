package org.nnsight4j.toolkit.train;

import java.util.Map;
import org.nnsight4j.Invoker;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * One step of training, as it is recorded: a batch of rows, the trained tensors, and the numbers of
 * the examples.
 *
 * @param <M> the descriptor
 */
public final class TrainingStep<M> {
  private final Invoker<M> invoker;
  private final Map<String, Value<Axis>> tensors;
  private final Map<String, Value<Axis>> data;

  TrainingStep(
      Invoker<M> invoker, Map<String, Value<Axis>> tensors, Map<String, Value<Axis>> data) {
    this.invoker = invoker;
    this.tensors = tensors;
    this.data = data;
  }

  /** The model, reading the batch; its sites are {@code [batch, position, ...]}. */
  public M model() {
    return invoker.model();
  }

  /** The invoker of the batch, for constants and created values. */
  public Invoker<M> invoker() {
    return invoker;
  }

  /**
   * A tensor that is trained, in its own shape.
   *
   * @throws RunException if no tensor has this name
   */
  public Value<Axis> tensor(String name) {
    return named("trained tensor", tensors, name);
  }

  /**
   * The numbers of the batch's examples, {@code [batch, ...]}; a single number of an example is
   * {@code [batch]}, an integer too.
   *
   * @throws RunException if the examples have no such numbers
   */
  public Value<Axis> data(String name) {
    return named("data", data, name);
  }

  private static Value<Axis> named(String kind, Map<String, Value<Axis>> values, String name) {
    Value<Axis> value = values.get(name);
    if (value == null) {
      throw new RunException("there is no %s '%s', only %s".formatted(kind, name, values.keySet()));
    }
    return value;
  }
}
