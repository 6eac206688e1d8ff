package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are on disk before they have their names, and names that are given once. */
final class Durable {
  private Durable() {}

  /** Writes a new file and forces it to disk. */
  static void write(Path file, String text) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Gives a file its name, in place of any other that had it. */
  static void name(Path file, Path name) throws IOException {
    Files.move(file, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(name);
  }

  /**
   * Gives a file a name that nothing has yet, in one step: a hard link is made or refused.
   *
   * @return whether it has the name now; if not, another file has it
   */
  static boolean nameOnce(Path file, Path name) throws IOException {
    if (Files.exists(name)) {
      return false;
    }
    try {
      Files.createLink(name, file);
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException e) {
      // A file system without links: equal bits replace equal bits.
      Files.move(file, name, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.deleteIfExists(file);
    sync(name);
    return true;
  }

  /** Forces the entry of a file in its folder to disk, where the system can. */
  private static void sync(Path name) throws IOException {
    Path folder = name.toAbsolutePath().getParent();
    if (folder != null && Files.getFileStore(folder).supportsFileAttributeView("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
