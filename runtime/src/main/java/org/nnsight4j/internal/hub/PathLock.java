package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A lock among the threads of this process and, by a lock on a file, among processes. */
final class PathLock implements AutoCloseable {
  private static final Map<Path, ReentrantLock> HERE = new ConcurrentHashMap<>();

  private final ReentrantLock here;
  private final FileChannel channel;

  private PathLock(ReentrantLock here, FileChannel channel) {
    this.here = here;
    this.channel = channel;
  }

  static PathLock of(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    // A folder reached by different paths must have one lock.
    Path file = folder.toRealPath().resolve(name);
    ReentrantLock here = HERE.computeIfAbsent(file, path -> new ReentrantLock());
    here.lock();
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      var unused = channel.lock();
      return new PathLock(here, channel);
    } catch (IOException | RuntimeException e) {
      if (channel != null) {
        channel.close();
      }
      here.unlock();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      here.unlock();
    }
  }
}
