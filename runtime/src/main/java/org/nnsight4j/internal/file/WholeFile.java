package org.nnsight4j.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears under its name only when it is complete, and otherwise looks as if it had
 * been written in place: a new file has the mode of the user's umask, an existing one keeps its
 * mode, and for a symbolic link the file that it leads to is written.
 */
public final class WholeFile {
  /** As many as Linux follows. */
  private static final int MOST_LINKS = 40;

  /** The length of a name, in bytes, that every usual file system accepts. */
  private static final int LONGEST_NAME = 255;

  private final Path file;
  private final Path target;

  private WholeFile(Path file, Path target) {
    this.file = file;
    this.target = target;
  }

  /** Writes the contents of a file. */
  public interface Content {
    void write(FileChannel channel) throws IOException;
  }

  /** The file with this name, which need not exist yet. */
  public static WholeFile at(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      // Not normalized, because a folder on the path may be a link itself.
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return new WholeFile(file, target);
  }

  /** Writes it, and forces it to disk. */
  public void write(Content content) throws IOException {
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      // A pipe or a device has no complete state, and must not be replaced by a file.
      try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
        content.write(channel);
      }
      return;
    }
    Path partial = partial(UUID.randomUUID().toString());
    try {
      try (FileChannel channel = open(partial, StandardOpenOption.CREATE_NEW)) {
        content.write(channel);
        channel.force(true);
      }
      publish(partial);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** A name for the incomplete file: the file's own name and a suffix, unless that is too long. */
  public Path partial(String id) {
    String name = target.getFileName() + "." + id + ".part";
    return target.resolveSibling(
        name.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME
            ? name
            : ".nnsight4j-" + id + ".part");
  }

  /** Opens the incomplete file, which never has more readers than the one that it replaces. */
  public FileChannel open(Path partial, StandardOpenOption creation) throws IOException {
    @Nullable PosixFileAttributes old = attributes();
    FileAttribute<?>[] attributes =
        old == null
            ? new FileAttribute<?>[0]
            : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(old.permissions())};
    return FileChannel.open(partial, Set.of(creation, StandardOpenOption.WRITE), attributes);
  }

  /** Gives the complete file its name. */
  public void publish(Path partial) throws IOException {
    @Nullable PosixFileAttributes old = attributes();
    if (old != null) {
      keep(old, Files.getFileAttributeView(partial, PosixFileAttributeView.class));
    }
    try {
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void keep(PosixFileAttributes old, PosixFileAttributeView view)
      throws IOException {
    try {
      view.setGroup(old.group());
      view.setOwner(old.owner());
    } catch (IOException e) {
      // Only root can give files away; a file that one writes for another user is one's own, as
      // with cp.
    }
    view.setPermissions(old.permissions());
  }

  private @Nullable PosixFileAttributes attributes() throws IOException {
    @Nullable PosixFileAttributeView view =
        Files.getFileAttributeView(target, PosixFileAttributeView.class);
    return view == null || !Files.exists(target) ? null : view.readAttributes();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
