package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;
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

  /** What came with the answer to its request; null if it had not ended. */
  private final @Nullable JobInfo end;

  private final byte @Nullable [] body;

  Job(Api api, String id) {
    this(api, id, null, null);
  }

  /**
   * @param json the job as the server describes it
   * @param body its result, if that came along
   */
  Job(Api api, JsonNode json, byte @Nullable [] body) {
    this(api, json.path("id").asText(), ended(json), body);
  }

  private Job(Api api, String id, @Nullable JobInfo end, byte @Nullable [] body) {
    this.api = api;
    this.id = id;
    this.end = end;
    this.body = body;
  }

  private static @Nullable JobInfo ended(JsonNode json) {
    JobInfo info = JobInfo.of(json);
    return info.status().ended() ? info : null;
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
    return new Job(api.watchedBy(other), id, end, body);
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
    JobInfo info =
        end == null ? new EventStream(api, id).follow().orElseGet(this::info) : told(end);
    if (info.status() != JobStatus.COMPLETED) {
      throw info.problem()
          .map(RemoteException::new)
          .orElseGet(() -> new RemoteException("job %s ended as %s".formatted(id, info.status())));
    }
    return info;
  }

  /** Says what has happened, as the events of a job would. */
  private JobInfo told(JobInfo info) {
    Watcher watcher = api.watcher();
    watcher.status(id, JobStatus.RECEIVED, "accepted and on disk");
    if (info.attempt() > 0) {
      watcher.status(id, JobStatus.RUNNING, "attempt " + info.attempt());
    }
    watcher.status(
        id,
        info.status(),
        info.problem().map(RemoteProblem::title).orElse(info.resultBytes() + " bytes"));
    return info;
  }

  /** Waits for its end and downloads the result into a file. */
  public Path awaitFile(Path file) {
    Objects.requireNonNull(file, "file is null");
    Path target = file.toAbsolutePath();
    Download download = new Download(api, awaitEnd());
    return body == null ? download.to(target) : download.with(body, target);
  }

  /** Waits for its end and returns the bytes of its result. */
  public byte[] awaitBytes() {
    if (body != null) {
      new Download(api, awaitEnd()).check(body);
      return body.clone();
    }
    return awaitFile(
        file -> {
          try {
            return Files.readAllBytes(file);
          } catch (IOException e) {
            throw new RemoteException("the result of job %s cannot be read".formatted(id), e);
          }
        });
  }

  /** Waits for its end and returns the tensors of its result. */
  public SortedMap<String, Tensor> await() {
    return awaitResult(Safetensors::read, Safetensors::read);
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

  /**
   * Waits for its end and lets one of both read the result: the bytes, if they came with the answer
   * to the job's request; otherwise a file that exists only during the call.
   */
  public <T> T awaitResult(Function<Path, T> file, Function<byte[], T> bytes) {
    return body == null ? awaitFile(file) : bytes.apply(awaitBytes());
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
