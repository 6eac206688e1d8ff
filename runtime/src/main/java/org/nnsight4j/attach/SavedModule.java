package org.nnsight4j.attach;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A module that was trained whole along with an adapter (PEFT's {@code modules_to_save}), such as a
 * head for new tokens. It replaces the model's own module.
 *
 * @param weight as PyTorch stores it: {@code [out, in]} of a linear layer, {@code [in, out]} of
 *     GPT-2's {@code Conv1D}, {@code [tokens, width]} of an embedding
 * @param bias {@code [out]}
 */
public record SavedModule(Tensor weight, @Nullable Tensor bias) {
  public SavedModule {
    if (weight.rank() != 2) {
      throw new CheckpointException(
          "a module to save must have a weight of two axes, found %s".formatted(weight));
    }
    weight = Parameters.float32(weight);
    if (bias != null) {
      bias = Parameters.float32(bias);
    }
  }

  /** Applies a linear layer with these weights, {@code x W^T + b}. */
  public Value<Axis> linear(Value<Axis> input, Points points) {
    return plus(input.matMul(points.<Axis>constant(weight).transpose()), points);
  }

  /** Applies a {@code Conv1D} with these weights, {@code x W + b}. */
  public Value<Axis> conv1d(Value<Axis> input, Points points) {
    return plus(input.matMul(points.<Axis>constant(weight)), points);
  }

  /** Looks up the rows of these weights for token ids. */
  public Value<Axis> embedding(Value<Axis> ids, Points points) {
    return points.<Axis>constant(weight).expandDims(0).takeAlong(1, ids.expandDims(-1));
  }

  private Value<Axis> plus(Value<Axis> product, Points points) {
    return bias == null ? product : product.add(points.<Axis>constant(bias));
  }
}
