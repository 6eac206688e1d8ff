package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A linear map of activations, like {@code torch.nn.Linear}: {@code [..., in]} becomes {@code [...,
 * out]}, by {@code x W^T + b}. Its inner value is {@code logits}.
 */
public final class LinearProbe implements Attachment {
  private final Tensor weight;
  private final @Nullable Tensor bias;

  private LinearProbe(Tensor weight, @Nullable Tensor bias) {
    this.weight = Parameters.float32(weight);
    this.bias = bias == null ? null : Parameters.float32(bias);
    Parameters.same("weight", weight, weight.rank() == 2 ? weight.shape() : new long[] {-1, -1});
    if (bias != null) {
      Parameters.same("bias", bias, weight.shape(0));
    }
  }

  /**
   * Creates a probe from its weights, in PyTorch's layout: one row for each output. A probe of one
   * direction of 128 numbers has the weight {@code [1, 128]} and the bias {@code [1]}.
   *
   * @param weight {@code [out, in]}; {@code in} is the width of the activations
   * @param bias {@code [out]}
   * @throws IllegalArgumentException if they have other shapes
   */
  public static LinearProbe of(Tensor weight, Tensor bias) {
    if (weight.rank() != 2) {
      throw new IllegalArgumentException(
          "expected weights [out, in], such as [1, width] for one number, found %s"
              .formatted(weight.header()));
    }
    if (bias.rank() != 1 || bias.size() != weight.shape(0)) {
      throw new IllegalArgumentException(
          "expected one bias for each of the %s outputs of weights %s, which are [out, in], found a bias %s; transposed weights have them the other way round"
              .formatted(weight.shape(0), weight.header(), bias.header()));
    }
    return new LinearProbe(weight, bias);
  }

  /**
   * Reads a probe from a safetensors file with {@code weight} and, optionally, {@code bias}.
   *
   * @throws org.nnsight4j.error.CheckpointException if the file lacks {@code weight} or has other
   *     tensors
   */
  public static LinearProbe load(Path file) {
    Parameters parameters = Parameters.read(file).only("a linear probe", Set.of("weight", "bias"));
    return new LinearProbe(parameters.get("weight", 2), parameters.optional("bias", 1));
  }

  @Override
  public Value<Axis> call(Value<Axis> input, Points points) {
    Value<Axis> matrix = points.constant(weight);
    Value<Axis> product = input.matMul(matrix.transpose());
    return points.show("logits", bias == null ? product : product.add(points.<Axis>constant(bias)));
  }
}
