package org.nnsight4j.samples.cookbook;

import java.util.List;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.steering.DoseResponse;
import org.nnsight4j.toolkit.steering.Steer;
import org.nnsight4j.toolkit.steering.SteeringVectors;

/** A direction from pairs of texts (CAA), and what its strength does. */
public final class SteerWithPairs {
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
      var steer = Steer.by(italy).layers(1);
      System.out.println(
          DoseResponse.of(gpt2, steer)
              .answer(" Rome")
              .against(" Paris")
              .strengths(0, 0.5, 1, 2)
              .run("The Louvre is in the city of"));
    }
  }
}
