package org.nnsight4j.models.gpt2;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.file.OwnFolder;

/**
 * A small GPT-2 inside this jar, so that examples run immediately and offline. It knows a few dozen
 * facts, indirect objects and induction; its MODEL_CARD.md says how well.
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

  private static @Nullable Path directory;

  private EmbeddedGpt2() {}

  /** The model, opened. */
  public static LanguageModel<Gpt2> open() {
    return LanguageModel.open(new Gpt2Model(), directory());
  }

  /** The model as a Hugging Face directory; weights are memory-mapped, so they must be in files. */
  public static Path directory() {
    synchronized (EmbeddedGpt2.class) {
      if (directory == null) {
        directory = extract();
      }
      return directory;
    }
  }

  private static Path extract() {
    try {
      OwnFolder own =
          OwnFolder.in(Path.of(System.getProperty("java.io.tmpdir")), "nnsight4j-embedded-gpt2");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(own)));
      Path folder = own.path();
      for (String name : FILES) {
        try (InputStream resource = EmbeddedGpt2.class.getResourceAsStream("embedded/" + name)) {
          if (resource == null) {
            throw new IOException("the resource embedded/" + name + " is missing in the jar");
          }
          Files.copy(resource, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      return folder;
    } catch (IOException e) {
      throw new CheckpointException(
          "the embedded model cannot be written to the temporary folder %s (-Djava.io.tmpdir): %s"
              .formatted(System.getProperty("java.io.tmpdir"), e),
          e);
    }
  }

  private static void delete(OwnFolder folder) {
    try {
      folder.close();
    } catch (IOException e) {
      // Windows does not delete mapped files; the next process does.
    }
  }
}
