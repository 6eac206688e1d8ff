package org.nnsight4j.server.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.nnsight4j.internal.spelling.Shown;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that only the operator may read, whatever the umask: hashes of keys, requests and results
 * of users, the audit log.
 */
public final class OwnerOnly {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerOnly.class);
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private OwnerOnly() {}

  /**
   * Creates a directory that only its owner can read. An existing directory is closed to others.
   */
  public static Path directory(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try {
        return Files.createDirectory(directory, attribute(directory, DIRECTORY));
      } catch (FileAlreadyExistsException e) {
        // Another server with the same directory was faster.
      }
    }
    restrict(directory, DIRECTORY);
    return directory;
  }

  /** Creates a file if it does not exist. An existing file is closed to others. */
  public static Path file(Path file) throws IOException {
    if (!Files.exists(file)) {
      try {
        return Files.createFile(file, attribute(file, FILE));
      } catch (FileAlreadyExistsException e) {
        // Another server with the same directory was faster.
      }
    }
    restrict(file, FILE);
    return file;
  }

  private static FileAttribute<?>[] attribute(Path path, Set<PosixFilePermission> mode) {
    return posix(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)}
        : new FileAttribute<?>[0];
  }

  private static void restrict(Path path, Set<PosixFilePermission> mode) {
    if (!posix(path)) {
      return;
    }
    try {
      if (!Files.getPosixFilePermissions(path).equals(mode)) {
        Files.setPosixFilePermissions(path, mode);
      }
    } catch (IOException e) {
      LOG.warn(
          "{} cannot be closed to other users of this machine: {}",
          Shown.line(path.toString()),
          Shown.line(e.toString()));
    }
  }

  private static boolean posix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
