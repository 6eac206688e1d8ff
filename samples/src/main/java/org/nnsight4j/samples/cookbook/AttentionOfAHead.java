package org.nnsight4j.samples.cookbook;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.attention.AttentionPatterns;

/** One head's attention pattern as a picture. */
public final class AttentionOfAHead {
  public static void main(String[] args) throws Exception {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var attention = AttentionPatterns.of(gpt2).run("The Eiffel Tower is in the city of");
      System.out.printf(Locale.ROOT, "%.2f%n", attention.weight(2, 1, -1, 2));
      Path page = attention.figure(2, 1).write(Files.createTempFile("head", ".html"));
      System.out.println(Files.size(page) > 1000);
    }
  }
}
