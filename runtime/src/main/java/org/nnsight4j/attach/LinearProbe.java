package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** A linear map of activations, as {@code torch.nn.Linear}; its inner value is {@code logits}. */
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
   * A probe.
   *
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}
   */
  public static LinearProbe of(Tensor weight, Tensor bias) {
    return new LinearProbe(weight, bias);
  }

  /**
   * A probe from a safetensors file with {@code weight} and perhaps {@code bias}.
   *
   * @throws org.nnsight4j.error.CheckpointException if the file holds no such tensors, or others
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
