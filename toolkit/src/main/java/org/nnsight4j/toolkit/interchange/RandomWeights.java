package org.nnsight4j.toolkit.interchange;

import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * The same model with random weights: each matrix is replaced by normal numbers of its own mean and
 * deviation, in each run; gains and biases stay. What a method still finds there, it finds in
 * anything.
 */
final class RandomWeights {
  private RandomWeights() {}

  static <M> LanguageModel<M> of(LanguageModel<M> model, long seed) {
    Blueprint blueprint = model.blueprint();
    return model.with(
        model.edit(
            invoker -> {
              long next = seed;
              for (Map.Entry<String, long[]> each : blueprint.parameters().entrySet()) {
                next++;
                if (each.getValue().length >= 2 && !blueprint.ties().containsKey(each.getKey())) {
                  Value<Axis> own = invoker.parameter(each.getKey());
                  Value<Axis> mean = own.mean().as(Axis.class);
                  Value<Axis> deviation = own.sub(mean).square().mean().sqrt().as(Axis.class);
                  own.set(own.normalLike(next).mul(deviation).add(mean));
                }
              }
            }));
  }
}
