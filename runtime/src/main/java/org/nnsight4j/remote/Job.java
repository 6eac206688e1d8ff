package org.nnsight4j.remote;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/**
 * A job on a server. It continues there whatever happens to this process; any process can find it
 * again by its id ({@link RemoteServer#job}).
 */
public final class Job {
  private final Api api;
  private final String id;

  Job(Api api, String id) {
    this.api = api;
    this.id = id;
  }

  public String id() {
    return id;
  }

  /** Its current state; asks the server. */
  public JobInfo info() {
    return JobInfo.of(api.get("/v1/jobs/" + id));
  }

  public JobStatus status() {
    return info().status();
  }

  /** The same job, with another watcher. */
  public Job watchedBy(Watcher other) {
    Objects.requireNonNull(other, "watcher is null; Watcher.SILENT hears nothing");
    return new Job(api.watchedBy(other), id);
  }

  /** The same job, heard by another, too. */
  public Job alsoWatchedBy(Watcher other) {
    Objects.requireNonNull(other, "watcher is null; Watcher.SILENT hears nothing");
    return watchedBy(api.watcher().and(other));
  }

  /**
   * Asks the server to end it; a running job ends a little later. Does nothing to a job that has
   * ended.
   */
  public JobInfo cancel() {
    return JobInfo.of(
        api.json(
            api.request("/v1/jobs/" + id + "/cancel")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build()));
  }

  /** Deletes it and its result from the server; it must have ended. */
  public void delete() {
    api.json(api.request("/v1/jobs/" + id).DELETE().build());
  }

  /**
   * Waits for its end.
   *
   * @return its final state
   * @throws RemoteException if it ended without a result
   */
  public JobInfo awaitEnd() {
    JobInfo info = new EventStream(api, id).follow().orElseGet(this::info);
    if (info.status() != JobStatus.COMPLETED) {
      throw info.problem()
          .map(RemoteException::new)
          .orElseGet(() -> new RemoteException("job %s ended as %s".formatted(id, info.status())));
    }
    return info;
  }

  /** Waits for its end and downloads the result into a file. */
  public Path awaitFile(Path file) {
    Objects.requireNonNull(file, "file is null");
    return new Download(api, awaitEnd()).to(file.toAbsolutePath());
  }

  /** Waits for its end and returns the tensors of its result. */
  public SortedMap<String, Tensor> await() {
    return awaitFile(Safetensors::read);
  }

  /**
   * Waits for its end and lets {@code reader} read the result, from a file that exists only during
   * the call.
   */
  public <T> T awaitFile(Function<Path, T> reader) {
    Path directory = null;
    try {
      directory = Files.createTempDirectory("nnsight4j-");
      return reader.apply(awaitFile(directory.resolve("result.safetensors")));
    } catch (IOException e) {
      throw new RemoteException("no temporary directory for the result of job " + id, e);
    } finally {
      deleteQuietly(directory);
    }
  }

  private static void deleteQuietly(@Nullable Path directory) {
    if (directory == null) {
      return;
    }
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // The system cleans up its temporary directory.
    }
  }

  /** Calls {@link #await} on a thread of its own. Cancelling the future does not cancel the job. */
  public CompletableFuture<SortedMap<String, Tensor>> future() {
    return background(this::await);
  }

  /** Runs work that waits for this job on a thread of its own. */
  public <T> CompletableFuture<T> background(Supplier<T> work) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                future.complete(work.get());
              } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
              }
            },
            "nnsight4j-job-" + id);
    thread.setDaemon(true);
    thread.start();
    return future;
  }

  @Override
  public String toString() {
    return "job " + id + " at " + api.server();
  }
}
