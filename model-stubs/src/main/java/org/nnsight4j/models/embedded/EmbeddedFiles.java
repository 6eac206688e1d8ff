package org.nnsight4j.models.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.file.OwnFolder;

/**
 * Copies a checkpoint from the resources of a class to a directory, because weights are
 * memory-mapped and must be files. The process deletes the directory at its end.
 */
public final class EmbeddedFiles {
  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json",
          "MODEL_CARD.md");

  private static final Map<Class<?>, Path> FOLDERS = new HashMap<>();

  private EmbeddedFiles() {}

  /**
   * The directory with the files of the folder {@code embedded} next to a class; the first call
   * writes it.
   *
   * @param name the name of the directory
   */
  public static synchronized Path directory(Class<?> owner, String name) {
    return FOLDERS.computeIfAbsent(owner, type -> extract(type, name));
  }

  private static Path extract(Class<?> owner, String name) {
    try {
      OwnFolder own = OwnFolder.in(Path.of(System.getProperty("java.io.tmpdir")), name);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(own)));
      Path folder = own.path();
      for (String file : FILES) {
        try (InputStream resource = owner.getResourceAsStream("embedded/" + file)) {
          if (resource == null) {
            throw new IOException("the resource embedded/" + file + " is missing in the jar");
          }
          Files.copy(resource, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
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
      // Windows keeps mapped files; the next process deletes them.
    }
  }
}
