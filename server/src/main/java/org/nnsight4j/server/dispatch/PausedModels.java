package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.TreeSet;

/**
 * The models whose jobs an operator holds back, kept in a file so that a restart changes nothing.
 */
public final class PausedModels {
  private final Path file;
  private final Set<String> names = new TreeSet<>();

  public PausedModels(Path data) throws IOException {
    this.file = data.resolve("paused-models");
    try {
      names.addAll(Files.readAllLines(file));
    } catch (NoSuchFileException e) {
      // None was ever paused.
    }
  }

  synchronized boolean contains(String model) {
    return names.contains(model);
  }

  /** Stores it; returns whether that is a change. */
  synchronized boolean set(String model, boolean paused) {
    boolean changed = paused ? names.add(model) : names.remove(model);
    if (!changed) {
      return false;
    }
    try {
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.write(next, names);
      Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("which models are paused cannot be kept", e);
    }
    return true;
  }
}
