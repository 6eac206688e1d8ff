package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Text as it is generated, and why it ended. */
public final class StreamText {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.generate(maxNewTokens(12))) {
      generator.invoke("Madison Square Garden is located in the city of").close();
      for (GeneratedPiece piece : generator.stream()) {
        System.out.print(piece.text());
        piece.finishReason().ifPresent(reason -> System.out.println(" [" + reason + "]"));
      }
    }
  }
}
