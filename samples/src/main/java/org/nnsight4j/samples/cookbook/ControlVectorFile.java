package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.steering.SteeringVectors;

/** A steering vector as a file that llama.cpp and repeng read. */
public final class ControlVectorFile {
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

  public static void main(String[] args) throws Exception {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Path file = Files.createTempDirectory("vectors").resolve("italy.gguf");
      SteeringVectors.of(gpt2).differenceOfMeans(ITALY, FRANCE).controlVector().write(file);
      ControlVector read = ControlVector.read(file);
      var edit = gpt2.edit(invoker -> invoker.add(read.layers(1, 1).times(2)));
      System.out.println(
          gpt2.with(edit)
              .generate(maxNewTokens(1), "The Louvre is in the city of", any -> {})
              .text(0));
    }
  }
}
