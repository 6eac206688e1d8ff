package org.nnsight4j.attach;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A low-rank update of a linear layer (Hu et al. 2021, PEFT's {@code lora_A} and {@code lora_B}):
 * computes what is added to the layer's output from the layer's input. Its inner value is {@code
 * hidden}, {@code [..., rank]}.
 *
 * @param a {@code [rank, in]}
 * @param b {@code [out, rank]}
 * @param bias {@code [out]}, of {@code lora_B} (PEFT's {@code lora_bias})
 * @param magnitude {@code [out]}, the length of each column of the sum of weight and update (DoRA)
 * @param scale the factor of the update, such as PEFT's {@code lora_alpha / r}
 */
public record LoraPair(
    Tensor a, Tensor b, @Nullable Tensor bias, @Nullable Tensor magnitude, double scale)
    implements Attachment {
  /** The name of the inner value. */
  public static final String HIDDEN = "hidden";

  public LoraPair {
    a = Parameters.float32(a);
    b = Parameters.float32(b);
    Parameters.same("lora_B", b, b.shape(0), a.shape(0));
    if (bias != null) {
      bias = Parameters.float32(bias);
      Parameters.same("the bias of lora_B", bias, b.shape(0));
    }
    if (magnitude != null) {
      magnitude = Parameters.float32(magnitude);
      Parameters.same("lora_magnitude_vector", magnitude, b.shape(0));
    }
  }

  /** Creates a pair without bias or magnitude. */
  public LoraPair(Tensor a, Tensor b, double scale) {
    this(a, b, null, null, scale);
  }

  /**
   * Computes what is added to the layer's output.
   *
   * @throws org.nnsight4j.error.RecordingException if it has a magnitude: the output then also
   *     depends on the layer's weight, which only {@code invoker.add(adapter)} has
   */
  @Override
  public Value<Axis> call(Value<Axis> input, Points points) {
    if (magnitude != null) {
      throw points.fail(
          "this pair has a magnitude (use_dora), so that its update is not just added to an output; use invoker.add(adapter)");
    }
    return update(input, points);
  }

  /** The update alone, without {@link #magnitude}. */
  public Value<Axis> update(Value<Axis> input, Points points) {
    Value<Axis> down = points.constant(a);
    Value<Axis> up = points.constant(b);
    Value<Axis> hidden = points.show(HIDDEN, input.matMul(down.transpose()));
    Value<Axis> product = hidden.matMul(up.transpose());
    return (bias == null ? product : product.add(points.<Axis>constant(bias))).mul(scale);
  }
}
