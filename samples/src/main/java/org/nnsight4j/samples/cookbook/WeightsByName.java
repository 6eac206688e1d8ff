package org.nnsight4j.samples.cookbook;

import java.util.Map;
import org.nnsight4j.Eager;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A parameter by its name in the state dict, and the copying score of a head from weights alone.
 */
public final class WeightsByName {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Map<String, Tensor> weights =
          Safetensors.read(EmbeddedGpt2.directory().resolve("model.safetensors"));
      int head = 1;
      Value<Axis> qkv = Eager.of(weights.get("transformer.h.2.attn.c_attn.weight"));
      Value<Axis> v = qkv.get(":, %s:%s".formatted(256 + 32 * head, 288 + 32 * head));
      Value<Axis> out =
          Eager.of(weights.get("transformer.h.2.attn.c_proj.weight"))
              .get("%s:%s".formatted(32 * head, 32 * head + 32));
      Value<Axis> ov = v.matMul(out); // what the head does with what it looks at
      System.out.println(ov.tensor().header());
      System.out.println("norm %.2f".formatted(ov.norm().tensor().item()));
    }
  }
}
