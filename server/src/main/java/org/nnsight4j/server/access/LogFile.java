package org.nnsight4j.server.access;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.nnsight4j.server.store.OwnerOnly;

/**
 * A file of lines, which only its owner can read. A new one begins each day, in UTC, and after 64
 * MiB; old ones have the time of their end in their name and are deleted after a while.
 */
public final class LogFile implements AutoCloseable {
  private static final long LARGEST = 64L << 20;
  private final Path file;
  private final Clock clock;
  private final Duration kept;
  private Writer out;
  private LocalDate day;
  private long size;

  /**
   * Opens the file, and appends to it if there is one.
   *
   * @param kept how long old ones are kept
   * @throws IOException if it cannot be written
   */
  public LogFile(Path file, Clock clock, Duration kept) throws IOException {
    this.file = file.toAbsolutePath();
    this.clock = clock;
    this.kept = kept;
    this.day = Files.exists(this.file) ? day(lastWritten(this.file)) : today();
    this.out = open();
    this.size = Files.size(this.file);
  }

  private Writer open() throws IOException {
    return Files.newBufferedWriter(
        OwnerOnly.file(file), StandardCharsets.UTF_8, StandardOpenOption.APPEND);
  }

  private static Instant lastWritten(Path path) throws IOException {
    return Files.getLastModifiedTime(path).toInstant();
  }

  private LocalDate today() {
    return day(clock.instant());
  }

  private static LocalDate day(Instant at) {
    return at.atZone(ZoneOffset.UTC).toLocalDate();
  }

  /** Appends a line. */
  public synchronized void append(String line) throws IOException {
    if (size > LARGEST || !day.equals(today())) {
      next();
    }
    out.write(line);
    out.write('\n');
    out.flush();
    size += line.length() + 1L;
  }

  private void next() throws IOException {
    out.close();
    Path old = file.resolveSibling("%s.%s".formatted(file.getFileName(), clock.millis()));
    Files.move(file, old, StandardCopyOption.ATOMIC_MOVE);
    out = open();
    size = 0;
    day = today();
    String pattern = file.getFileName() + ".[0-9]*";
    Path folder = file.getParent();
    if (folder != null) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, pattern)) {
        for (Path each : all) {
          if (ended(each).isBefore(clock.instant().minus(kept))) {
            Files.deleteIfExists(each);
          }
        }
      }
    }
  }

  /** When this file ended, as its name says. */
  private Instant ended(Path old) {
    String name = old.getFileName().toString();
    String millis = name.substring(file.getFileName().toString().length() + 1);
    return millis.matches("[0-9]{1,15}")
        ? Instant.ofEpochMilli(Long.parseLong(millis))
        : clock.instant();
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
