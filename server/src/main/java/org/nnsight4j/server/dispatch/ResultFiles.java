package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.OwnerOnly;

/** The directory of results. Only the server chooses names in it. */
public final class ResultFiles {
  private static final RareLog LOG = RareLog.of(ResultFiles.class);
  private static final String ATTEMPT = "([0-9a-f-]{36})\\.\\d+\\.[0-9a-f-]{36}\\.safetensors";
  private static final Pattern NAME = Pattern.compile(ATTEMPT);

  /** The writer of a result gives it its final name when it is complete. */
  private static final String PARTIAL = ".part";

  private static final Pattern BEGUN = Pattern.compile(ATTEMPT + "\\..*");

  private final Path directory;

  public ResultFiles(Path data) throws IOException {
    this.directory = OwnerOnly.directory(data.resolve("results")).toRealPath();
  }

  /** The file of one attempt; no other attempt ever writes to it. */
  public Path forAttempt(Lease lease) {
    return path("%s.%s.%s.safetensors".formatted(lease.jobId(), lease.attempt(), lease.token()));
  }

  public Path path(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("expected the name of a result, found " + name);
    }
    return directory.resolve(name);
  }

  public void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn(
          "a result could not be deleted, it is tried again later: {}", Shown.line(e.toString()));
    }
  }

  /** Deletes what an attempt left: its result, complete or partial. */
  void deleteAttempt(Lease lease) {
    Path file = forAttempt(lease);
    delete(file);
    String begun = file.getFileName() + ".";
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            directory, each -> each.getFileName().toString().startsWith(begun))) {
      files.forEach(this::delete);
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("what an attempt has left could not be deleted: {}", Shown.line(e.toString()));
    }
  }

  /** The bytes of files that are being written, by job. */
  Map<String, Long> unpublished() {
    Map<String, Long> bytes = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + PARTIAL)) {
      for (Path file : files) {
        Matcher name = BEGUN.matcher(file.getFileName().toString());
        if (name.matches()) {
          bytes.merge(name.group(1), size(file), Long::sum);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn(
          "the sizes of results that are being written are not known: {}",
          Shown.line(e.toString()));
    }
    return bytes;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0; // It has its final name by now, or is gone.
    }
  }

  public long freeBytes() {
    return directory.toFile().getUsableSpace();
  }

  /** Deletes incomplete files while nothing writes: at the start of the only server. */
  public void sweepParts() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (BEGUN.matcher(file.getFileName().toString()).matches()) {
          delete(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn(
          "what was begun before this start could not be deleted: {}", Shown.line(e.toString()));
    }
  }

  /**
   * Deletes files that no job refers to: those of attempts that lost their lease or died. A file
   * that has not changed for so long is not being written.
   */
  public int sweep(JobReads jobs, Duration olderThan, Instant now) throws IOException {
    int deleted = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        Matcher whole = NAME.matcher(name);
        boolean nobodys =
            BEGUN.matcher(name).matches()
                || (whole.matches() && !jobs.refersTo(whole.group(1), name));
        if (nobodys && old(file, now.minus(olderThan))) {
          delete(file);
          deleted++;
        }
      }
    }
    return deleted;
  }

  private static boolean old(Path file, Instant limit) {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(limit);
    } catch (IOException e) {
      return false;
    }
  }
}
