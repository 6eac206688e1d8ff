package org.nnsight4j.samples.cookbook;

import org.nnsight4j.Eager;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;

/** What a head does with what it looks at, from weights by their names in the state dict. */
public final class WeightsByName {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Saved<Axis> ov =
          gpt2.trace(
              "any text",
              (invoker, model) -> {
                var qkv = invoker.parameter("transformer.h.2.attn.c_attn.weight");
                var v = qkv.get(":, 288:320"); // head 1 of four: values begin at column 256
                var out = invoker.parameter("transformer.h.2.attn.c_proj.weight").get("32:64");
                return v.matMul(out).save();
              });
      System.out.println(ov.value().header());
      System.out.println(Eager.of(ov).norm().tensor());
    }
  }
}
