package org.nnsight4j.harvest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Short lines of words that the embedded model knows. */
final class Corpus {
  private static final String[] WORDS = {
    "The", "Eiffel", "Tower", "is", "in", "the", "city", "of", "Paris", "Rome", "Mary", "gave", "a",
    "book", "to", "John", "and", "then"
  };

  private Corpus() {}

  /** Every tenth line is empty. */
  static Path lines(Path folder, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < count; line++) {
      int words = line % 10 == 9 ? 0 : 1 + random.nextInt(6);
      for (int word = 0; word < words; word++) {
        text.append(word == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
      }
      text.append('\n');
    }
    return Files.writeString(folder.resolve("corpus.txt"), text, StandardCharsets.UTF_8);
  }
}
