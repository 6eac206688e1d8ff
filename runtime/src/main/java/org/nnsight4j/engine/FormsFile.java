package org.nnsight4j.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What was measured on this machine: one line for each shape. The first process that needs a shape
 * measures it while it holds a lock on the file, and all others take its answer, so that a server
 * and its workers compute the same bits. Delete the file to measure again.
 */
final class FormsFile {
  /** The folder of the file; the user's folder of caches if unset. */
  static final String FOLDER = "nnsight4j.cache";

  private static final String NAME = "linear-forms.txt";

  private final Path file;
  private final String machine;

  FormsFile(Path file, String machine) {
    this.file = file;
    this.machine = machine;
  }

  /** The file of this user; empty if there is no place for it. */
  static Optional<FormsFile> usual() {
    String told = System.getProperty(FOLDER);
    String caches = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home");
    try {
      Path folder;
      if (told != null) {
        folder = Path.of(told);
      } else if (caches != null && !caches.isEmpty()) {
        folder = Path.of(caches, "nnsight4j");
      } else if (home != null && Files.isDirectory(Path.of(home))) {
        folder = Path.of(home, ".cache", "nnsight4j");
      } else {
        return Optional.empty();
      }
      return Optional.of(new FormsFile(folder.resolve(NAME), machine()));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The processor and the library, as one word. */
  private static String machine() {
    String processor = System.getProperty("os.arch", "") + " " + Processor.name();
    // The last number says how forms are measured; answers of another way do not hold.
    return processor.strip().replaceAll("[^A-Za-z0-9.]+", "-") + "/" + TorchEngine.version() + "/3";
  }

  /**
   * The form of a shape. If the file cannot be used, the answer holds for this process only.
   *
   * @param measure called if the file lacks the shape
   */
  ProductForm find(ProductForms.Shape shape, Supplier<ProductForm> measure) {
    String key = key(shape);
    ProductForm measured = null;
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        var lock = channel.lock();
        assert lock.isValid();
        String text = read(channel);
        ProductForm known = known(text, key, shape);
        if (known != null) {
          return known;
        }
        measured = measure.get();
        String line = (text.isEmpty() || text.endsWith("\n") ? "" : "\n") + key;
        line += " " + measured.text() + "\n";
        write(channel, line);
        return measured;
      }
    } catch (IOException | OverlappingFileLockException e) {
      return measured == null ? measure.get() : measured;
    }
  }

  private String key(ProductForms.Shape shape) {
    return "%s threads=%s %s %sx%s rows=%s"
        .formatted(machine, shape.threads(), shape.layout(), shape.out(), shape.in(), shape.rows());
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Reads until the end.
    }
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }

  /** What a line says; null if none does, or none that can be understood. */
  private static @Nullable ProductForm known(String text, String key, ProductForms.Shape shape) {
    for (String line : text.lines().toList()) {
      if (line.startsWith(key + " ")) {
        try {
          ProductForm form = ProductForm.of(line.substring(key.length() + 1).strip());
          return form.fits(shape.layout(), shape.out(), shape.in(), shape.rows()) ? form : null;
        } catch (IllegalArgumentException e) {
          return null;
        }
      }
    }
    return null;
  }

  private static void write(FileChannel channel, String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
    channel.position(channel.size());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
