package org.nnsight4j.attach;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A low-rank update of a linear layer (Hu et al. 2021, PEFT's {@code lora_A} and {@code lora_B}):
 * gives what is added to the layer's output for its input. Its inner value is {@code hidden},
 * {@code [..., rank]}.
 *
 * @param a {@code [rank, in]}
 * @param b {@code [out, rank]}
 * @param scale PEFT's {@code lora_alpha / r}
 */
public record LoraPair(Tensor a, Tensor b, double scale) implements Attachment {
  public LoraPair {
    a = Parameters.float32(a);
    b = Parameters.float32(b);
    Parameters.same("lora_B", b, b.shape(0), a.shape(0));
  }

  @Override
  public Value<Axis> call(Value<Axis> input, Points points) {
    Value<Axis> down = points.constant(a);
    Value<Axis> up = points.constant(b);
    Value<Axis> hidden = points.show("hidden", input.matMul(down.transpose()));
    return hidden.matMul(up.transpose()).mul(scale);
  }
}
