package org.nnsight4j.server.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A disk that is full when a test says so: a small one in memory, where this process may mount one;
 * otherwise the directory of results is taken away, so that nothing can be written there either.
 */
public final class FullDisk implements AutoCloseable {
  private static final String FILLER = "filler";

  private final Path directory;
  private final Path results;
  private final boolean mounted;

  /**
   * A small disk under a directory.
   *
   * @param directory of results, or of all data
   * @param results where results are, in it
   */
  public FullDisk(Path directory, Path results) throws Exception {
    this.directory = directory;
    this.results = results;
    this.mounted =
        run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", directory.toString()) == 0;
  }

  private static int run(String... command) throws Exception {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException e) {
      return -1; // The program does not exist.
    }
  }

  /** Whether it is a disk of its own. */
  public boolean isReal() {
    return mounted;
  }

  private Path away() {
    return results.resolveSibling("away");
  }

  public void fill() throws IOException {
    if (!mounted) {
      Files.move(results, away());
      return;
    }
    try (OutputStream out = Files.newOutputStream(directory.resolve(FILLER))) {
      for (int size = 1 << 16; size > 0; size /= 2) {
        fill(out, size);
      }
    }
  }

  private static void fill(OutputStream out, int size) {
    try {
      while (true) {
        out.write(new byte[size]);
      }
    } catch (IOException e) {
      // As full as it can be with pieces of this size.
    }
  }

  public void free() throws IOException {
    if (mounted) {
      Files.delete(directory.resolve(FILLER));
    } else {
      Files.move(away(), results);
    }
  }

  @Override
  public void close() throws Exception {
    if (mounted) {
      run("umount", "-l", directory.toString());
    }
  }
}
