package org.nnsight4j.server.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Shown;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.Progress;
import org.nnsight4j.server.problem.Problem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs in a JVM of its own, over its standard input and output. That JVM has no connection to the
 * database and no secret in its environment, and ends when the server does.
 */
final class WorkerProcess implements Worker {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration GRACE = Duration.ofSeconds(2);

  /**
   * How long a thread of libtorch turns in circles before it sleeps. Its usual is made for machines
   * with nothing else to do; beside a server, its clients and other workers, who have the cores
   * that are waited for, that costs up to twenty times the run.
   */
  private static final String SPIN = "GOMP_SPINCOUNT";

  private static final String SHORT_SPIN = "1000";

  /** What a worker may see of the environment. */
  private static final Set<String> ENVIRONMENT =
      Set.of(
          "PATH",
          "HOME",
          "LANG",
          "LC_ALL",
          "TZ",
          "TMPDIR",
          "TEMP",
          "SystemRoot",
          "USERPROFILE",
          "LD_LIBRARY_PATH",
          "OMP_NUM_THREADS",
          SPIN,
          "MKL_NUM_THREADS",
          "CUDA_VISIBLE_DEVICES",
          "DJL_CACHE_DIR",
          "ENGINE_CACHE_DIR",
          "PYTORCH_LIBRARY_PATH",
          "PYTORCH_VERSION");

  private final ModelSpec spec;
  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final AtomicReference<@Nullable StopReason> stop = new AtomicReference<>();
  private volatile boolean broken;
  private final AtomicInteger runs = new AtomicInteger();

  private WorkerProcess(ModelSpec spec, Process process) {
    this.spec = spec;
    this.process = process;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
  }

  /**
   * Starts a process and waits until it has loaded its model.
   *
   * @param begun hears of the process before that, to end it if nobody wants it any more
   */
  static WorkerProcess start(ModelSpec spec, List<String> jvmOptions, Consumer<Process> begun)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(WorkerMain.class.getName());
    command.addAll(List.of(spec.kind(), spec.name(), spec.location()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().retainAll(ENVIRONMENT);
    builder.environment().putIfAbsent(SPIN, SHORT_SPIN);
    WorkerProcess worker = new WorkerProcess(spec, builder.start());
    begun.accept(worker.process);
    try {
      Frames.Frame first = Frames.read(worker.in);
      if (first.kind() != Frames.Kind.READY) {
        throw new IOException("expected READY, found " + first.kind() + ": " + first.text());
      }
      return worker;
    } catch (EOFException e) {
      worker.close();
      throw new IOException(
          "the worker of the model '%s' ended before it was ready; its last words are in the log"
              .formatted(spec.name()),
          e);
    } catch (IOException e) {
      worker.close();
      throw e;
    }
  }

  @Override
  public Outcome run(byte[] request, Path result, Consumer<Progress> progress) {
    runs.incrementAndGet();
    stop.set(null);
    try {
      Frames.write(out, Frames.Kind.RUN, result.toString());
      Frames.write(out, Frames.Kind.BODY, request);
      while (true) {
        Frames.Frame frame = Frames.read(in);
        switch (frame.kind()) {
          case PROGRESS -> progress.accept(MAPPER.readValue(frame.bytes(), Progress.class));
          case DONE -> {
            return done(MAPPER.readTree(frame.bytes()));
          }
          case FAILED -> {
            return new Outcome.Failed(Problem.fromJson(frame.text()));
          }
          case STOPPED -> {
            return new Outcome.Stopped(reason());
          }
          default -> throw new IOException("a worker does not say " + frame.kind());
        }
      }
    } catch (IOException e) {
      broken = true;
      process.destroyForcibly();
      StopReason reason = stop.get();
      return reason == null ? new Outcome.Died(how(e)) : new Outcome.Stopped(reason);
    } finally {
      runs.incrementAndGet();
    }
  }

  private static Outcome done(JsonNode done) {
    return done.isNull()
        ? new Outcome.Apart()
        : new Outcome.Done(done.get("bytes").asLong(), done.get("sha256").asText());
  }

  @Override
  public List<Outcome> runTogether(List<byte[]> requests, List<Path> results) {
    List<Outcome> outcomes = new ArrayList<>();
    try {
      String[] files = results.stream().map(Path::toString).toArray(String[]::new);
      Frames.write(out, Frames.Kind.TOGETHER, MAPPER.writeValueAsBytes(files));
      for (byte[] request : requests) {
        Frames.write(out, Frames.Kind.BODY, request);
      }
      Frames.Frame frame = Frames.read(in);
      if (frame.kind() != Frames.Kind.DONE_TOGETHER) {
        throw new IOException("a worker does not say " + frame.kind() + " to several requests");
      }
      MAPPER.readTree(frame.bytes()).forEach(each -> outcomes.add(done(each)));
      return outcomes;
    } catch (IOException e) {
      broken = true;
      process.destroyForcibly();
      return Collections.nCopies(requests.size(), new Outcome.Died(how(e)));
    }
  }

  @Override
  public void kill() {
    process.destroyForcibly();
  }

  private StopReason reason() {
    StopReason reason = stop.get();
    return reason == null ? StopReason.CANCELLED : reason;
  }

  private String how(IOException e) {
    try {
      if (process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS) && e instanceof EOFException) {
        return "the worker of model %s ended with %s".formatted(spec.name(), process.exitValue());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return "the worker of model %s was lost: %s".formatted(spec.name(), e.getMessage());
  }

  @Override
  public void stop(StopReason reason) {
    int run = runs.get();
    if (!stop.compareAndSet(null, reason)) {
      return;
    }
    try {
      Frames.write(out, Frames.Kind.STOP, "");
    } catch (IOException e) {
      LOG.debug("the worker is gone already: {}", Shown.line(String.valueOf(e.getMessage())));
    }
    var unused =
        CompletableFuture.runAsync(
            () -> {
              if (runs.get() == run) {
                LOG.warn("a run of model {} does not end, its worker is killed", spec.name());
                process.destroyForcibly();
              }
            },
            CompletableFuture.delayedExecutor(GRACE.toMillis(), TimeUnit.MILLISECONDS));
  }

  @Override
  public boolean usable() {
    return !broken && process.isAlive();
  }

  @Override
  public void close() {
    broken = true;
    process.destroyForcibly();
  }
}
