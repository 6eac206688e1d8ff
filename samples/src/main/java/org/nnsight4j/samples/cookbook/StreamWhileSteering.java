package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import java.util.List;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.steering.Steer;
import org.nnsight4j.toolkit.steering.SteeringVectors;

/** Text as it comes, with a steering vector at work. */
public final class StreamWhileSteering {
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
      try (var generator = gpt2.generate(maxNewTokens(6))) {
        try (var invoker = generator.invoke("The Louvre is in the city of")) {
          Steer.by(italy).layers(1).strength(2).on(invoker);
        }
        for (var piece : generator.stream()) {
          System.out.println(piece.text());
        }
      }
    }
  }
}
