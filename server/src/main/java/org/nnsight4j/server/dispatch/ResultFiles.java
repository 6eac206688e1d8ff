package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.error.Shown;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.store.JobReads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of results. Only the server makes names in it. */
public final class ResultFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ResultFiles.class);
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f-]{36})\\.\\d+\\.[0-9a-f-]{36}\\.safetensors");

  private final Path directory;

  public ResultFiles(Path data) throws IOException {
    this.directory = Files.createDirectories(data.resolve("results")).toRealPath();
  }

  /** The file of one attempt: no other attempt ever writes to it. */
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

  public long freeBytes() {
    return directory.toFile().getUsableSpace();
  }

  /** Deletes files that no job refers to: of attempts that lost their lease or died. */
  public int sweep(JobReads jobs, Duration olderThan, Instant now) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.toList();
    }
    int deleted = 0;
    for (Path file : files) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (name.matches()
          && old(file, now.minus(olderThan))
          && !jobs.refersTo(name.group(1), file.getFileName().toString())) {
        delete(file);
        deleted++;
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
