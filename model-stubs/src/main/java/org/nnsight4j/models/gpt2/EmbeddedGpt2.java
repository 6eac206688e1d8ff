package org.nnsight4j.models.gpt2;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.nnsight4j.LanguageModel;

/**
 * A small GPT-2 inside of this jar, so that everything runs at once and offline. It knows a few
 * dozen facts, indirect objects and induction; its MODEL_CARD.md says how well.
 */
public final class EmbeddedGpt2 {
  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json",
          "MODEL_CARD.md");

  private EmbeddedGpt2() {}

  /** The model, opened. */
  public static LanguageModel<Gpt2> open() {
    return LanguageModel.open(new Gpt2Model(), directory());
  }

  /** The model as a Hugging Face directory; weights are memory-mapped, so they must be files. */
  public static Path directory() {
    return Holder.DIRECTORY;
  }

  private static final class Holder {
    static final Path DIRECTORY = extract();
  }

  private static Path extract() {
    try {
      Path directory = Files.createTempDirectory("nnsight4j-embedded-gpt2");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      for (String name : FILES) {
        try (InputStream resource = EmbeddedGpt2.class.getResourceAsStream("embedded/" + name)) {
          if (resource == null) {
            throw new IOException("the resource embedded/" + name + " is missing in the jar");
          }
          Files.copy(resource, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded model cannot be extracted", e);
    }
  }

  private static void delete(Path directory) {
    try {
      for (String name : FILES) {
        Files.deleteIfExists(directory.resolve(name));
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // Windows keeps mapped files; they lie in the temporary folder.
    }
  }
}
