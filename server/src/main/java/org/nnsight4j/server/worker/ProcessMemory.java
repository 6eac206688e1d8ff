package org.nnsight4j.server.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of a process, where the system reports it. */
final class ProcessMemory {
  private static final int KIB = 1024;

  private ProcessMemory() {}

  /**
   * The bytes of a process that are not backed by a file: a mapped model can leave memory at any
   * time. 0 if unknown.
   */
  static long own(long pid) {
    long bytes = 0;
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
          bytes += KIB * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException | NumberFormatException e) {
      // It has ended, or this is not Linux.
      return 0;
    }
    return bytes;
  }
}
