package org.nnsight4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.llama.EmbeddedLlama;

/** The models inside nnsight4j, by their names on the command line. */
enum Embedded {
  GPT2(EmbeddedGpt2::directory),
  LLAMA(EmbeddedLlama::directory);

  private final Supplier<Path> directory;

  Embedded(Supplier<Path> directory) {
    this.directory = directory;
  }

  /**
   * The model of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Embedded of(String label) {
    return Stream.of(values())
        .filter(each -> each.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--embedded: expected a model inside nnsight4j, which are %s, found '%s'; --model takes checkpoints"
                        .formatted(String.join(" and ", new Labels()), label)));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  Path directory() {
    return directory.get();
  }

  /** For the help. */
  static final class Labels extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Labels() {
      super(List.of(values()).stream().map(Embedded::label).toList());
    }
  }
}
