package org.nnsight4j.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A temporary folder of this process. A process that is killed cannot delete its folder; the next
 * process does, because it sees that the folder's lock is free.
 *
 * <p>The lock is a file beside the folder and not in it: POSIX frees a lock as soon as the process
 * closes the file, whichever part of it had opened it, so that a copy of the folder's files would
 * free it.
 */
public final class OwnFolder implements AutoCloseable {
  private static final String LOCK = ".lock";

  /** Those of this process, whose locks it must not open again. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  /** A folder younger than this may be about to be locked. */
  private static final Duration NEW = Duration.ofMinutes(1);

  private final Path path;
  private final FileChannel lock;

  private OwnFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Makes one, and deletes those that dead processes have left. */
  public static OwnFolder in(Path parent, String prefix) throws IOException {
    Files.createDirectories(parent);
    sweep(parent, prefix);
    Path path = Files.createTempDirectory(parent, prefix);
    OWN.add(path);
    FileChannel lock =
        FileChannel.open(lock(path), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      lock.lock();
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return new OwnFolder(path, lock);
  }

  public Path path() {
    return path;
  }

  private static Path lock(Path folder) {
    return folder.resolveSibling(folder.getFileName() + LOCK);
  }

  private static void sweep(Path parent, String prefix) throws IOException {
    try (DirectoryStream<Path> others = Files.newDirectoryStream(parent, prefix + "*")) {
      for (Path other : others) {
        try {
          if (Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)
              && !OWN.contains(other)
              && isOld(other)) {
            deleteIfLeft(other);
          }
        } catch (IOException | OverlappingFileLockException e) {
          // It belongs to another user, or is in use.
        }
      }
    }
  }

  private static boolean isOld(Path folder) throws IOException {
    return Files.getLastModifiedTime(folder).toInstant().isBefore(Instant.now().minus(NEW));
  }

  private static void deleteIfLeft(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(lock(folder), StandardOpenOption.WRITE)) {
      @Nullable FileLock free = channel.tryLock();
      if (free != null) {
        delete(folder);
        Files.deleteIfExists(lock(folder));
      }
    } catch (NoSuchFileException e) {
      // From a process that ended before it had the lock, or from an earlier version.
      delete(folder);
    }
  }

  /** Deletes a folder and its contents; follows no links. */
  public static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public void close() throws IOException {
    lock.close();
    delete(path);
    Files.deleteIfExists(lock(path));
    OWN.remove(path);
  }
}
