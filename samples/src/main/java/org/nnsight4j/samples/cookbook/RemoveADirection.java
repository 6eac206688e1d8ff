package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import java.util.List;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.steering.DirectionAblation;
import org.nnsight4j.toolkit.steering.SteeringVectors;

/** A direction that the model can no longer write. */
public final class RemoveADirection {
  private static final List<String> ITALY =
      List.of(
          "The Colosseum is in the city of",
          "The capital of Italy is",
          "The Roman Forum is in the city of",
          "The Trevi Fountain is in the city of",
          "The Pantheon is in the city of");
  private static final List<String> FRANCE =
      List.of(
          "The Eiffel Tower is in the city of",
          "The capital of France is",
          "The Louvre is in the city of",
          "The Arc de Triomphe is in the city of",
          "Notre Dame is in the city of");

  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var italy = SteeringVectors.of(gpt2).differenceOfMeans(ITALY, FRANCE);
      var without = gpt2.with(DirectionAblation.of(italy.direction(2)).edit(gpt2));
      for (var model : List.of(gpt2, without)) {
        var output = model.generate(maxNewTokens(1), ITALY, any -> {});
        System.out.println(output.texts());
      }
    }
  }
}
