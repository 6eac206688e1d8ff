package org.nnsight4j.server.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.file.OwnFolder;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.problem.Problem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs requests in a JVM of its own, controlled through its standard input and a connection. That
 * JVM has no connection to the database and no secret in its environment, and ends when the server
 * does.
 */
final class WorkerProcess implements Worker {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** A shorter kernel has ended by now, and the run with it. */
  private static final Duration IMPATIENCE = Duration.ofMillis(500);

  /** The start of a worker should take less. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * The exit code after SIGKILL, which the system sends to a process that takes too much memory.
   */
  private static final int KILLED = 137;

  /**
   * How long a libtorch thread spins before it sleeps. The default suits machines with nothing else
   * to do; next to a server, its clients and other workers, which occupy the cores that it waits
   * for, spinning makes a run up to twenty times slower.
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
  private final Room room;
  private final Path folder;
  private final Socket connection;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final BooleanSupplier replaced;
  private final WorkerRows rows;
  private @Nullable StopReason stop;

  /** Read by the watching thread, which must not wait for the one that writes a request. */
  private volatile boolean running;

  private int runs;
  private String digest = "";
  private volatile boolean broken;
  private volatile boolean tooLarge;
  private volatile long seen;

  private WorkerProcess(
      ModelSpec spec,
      Process process,
      Room room,
      Path folder,
      Socket connection,
      BooleanSupplier replaced)
      throws IOException {
    this.spec = spec;
    this.process = process;
    this.room = room;
    this.folder = folder;
    this.connection = connection;
    this.replaced = replaced;
    this.in = new DataInputStream(new BufferedInputStream(connection.getInputStream(), 1 << 16));
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
    this.rows = new WorkerRows(this, in, out);
  }

  /**
   * Starts a process and waits until it has loaded its model.
   *
   * @param temporary where it gets a folder of its own, which is deleted when it ends
   * @param begun gets the process before that, to end it if it is no longer needed
   * @param replaced called repeatedly while a run does not end as it should: whether another worker
   *     can replace this one
   */
  static WorkerProcess start(
      ModelSpec spec,
      List<String> jvmOptions,
      Room room,
      Path temporary,
      Consumer<Process> begun,
      BooleanSupplier replaced)
      throws IOException {
    Path folder = Files.createTempDirectory(temporary, "worker-");
    Process process = null;
    try (WorkerDoor door = new WorkerDoor()) {
      process = process(spec, jvmOptions, room, folder, door.port());
      begun.accept(process);
      process.getOutputStream().write(door.word());
      process.getOutputStream().flush();
      WorkerProcess worker =
          new WorkerProcess(spec, process, room, folder, door.open(process), replaced);
      Frames.Frame first = Frames.read(worker.in);
      if (first.kind() != Frames.Kind.READY) {
        throw new IOException("expected READY, found " + first.kind() + ": " + first.text());
      }
      worker.digest = first.text();
      return worker;
    } catch (IOException e) {
      if (process != null) {
        process.destroyForcibly();
      }
      delete(folder);
      throw new IOException(
          "the worker of the model '%s' ended before it was ready (%s); its last words are in the log"
              .formatted(spec.name(), e.getMessage()),
          e);
    }
  }

  private static Process process(
      ModelSpec spec, List<String> jvmOptions, Room room, Path folder, int port)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-Djava.io.tmpdir=" + folder);
    command.addAll(jvmOptions);
    command.addAll(OwnClasses.begin(WorkerMain.class));
    command.addAll(List.of(spec.kind(), spec.name(), spec.location()));
    command.addAll(List.of(Integer.toString(port), Long.toString(room.run())));
    command.add(Integer.toString(room.inline()));
    command.add(spec.settings());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().retainAll(ENVIRONMENT);
    builder.environment().putIfAbsent(SPIN, SHORT_SPIN);
    Process process = builder.start();
    Thread printed = new Thread(() -> print(process.getInputStream()), "printed-by-" + spec.name());
    printed.setDaemon(true);
    printed.start();
    return process;
  }

  /** Sends what libraries and the JVM itself print to standard error. */
  private static void print(InputStream printed) {
    try (printed) {
      printed.transferTo(System.err);
    } catch (IOException e) {
      LOG.debug("a worker prints no more: {}", e.getMessage());
    }
  }

  private static void delete(Path folder) {
    try {
      OwnFolder.delete(folder);
    } catch (IOException e) {
      LOG.warn("the folder of a worker is deleted at the next start: {}", e.toString());
    }
  }

  @Override
  public AttemptOutcome run(byte[] request, Path result, Consumer<JobProgress> progress) {
    seen = 0;
    AttemptOutcome outcome;
    try {
      begin(request, result);
      outcome = listen(progress);
    } catch (IOException e) {
      broken = true;
      process.destroyForcibly();
      // Its files are closed by now, so nothing is written any more.
      AttemptOutcome lost = lost(e);
      StopReason reason = end();
      return reason == null ? lost : new AttemptOutcome.Stopped(reason);
    }
    StopReason reason = end();
    return outcome instanceof AttemptOutcome.Stopped && reason != null
        ? new AttemptOutcome.Stopped(reason)
        : outcome;
  }

  /** A run that was asked to stop just before is asked again, now that it exists. */
  private synchronized void begin(byte[] request, Path result) throws IOException {
    running = true;
    Frames.add(out, Frames.Kind.RUN, result.toString().getBytes(StandardCharsets.UTF_8));
    Frames.write(out, Frames.Kind.BODY, request);
    if (stop != null) {
      Frames.write(out, Frames.Kind.STOP, "");
    }
  }

  private synchronized @Nullable StopReason end() {
    StopReason reason = stop;
    running = false;
    stop = null;
    runs++;
    return reason;
  }

  private AttemptOutcome listen(Consumer<JobProgress> progress) throws IOException {
    Deque<byte[]> small = new ArrayDeque<>();
    while (true) {
      Frames.Frame frame = Frames.read(in);
      switch (frame.kind()) {
        case PROGRESS -> progress.accept(MAPPER.readValue(frame.bytes(), JobProgress.class));
        case RESULT -> small.add(frame.bytes());
        case DONE -> {
          return done(MAPPER.readTree(frame.bytes()), small);
        }
        case FAILED -> {
          return new AttemptOutcome.Failed(Problem.fromJson(frame.text()));
        }
        case STOPPED -> {
          return new AttemptOutcome.Stopped(StopReason.CANCELLED);
        }
        case UNWRITTEN -> {
          return new AttemptOutcome.Unwritten();
        }
        default -> throw new IOException("a worker does not say " + frame.kind());
      }
    }
  }

  static AttemptOutcome done(JsonNode done, Deque<byte[]> small) throws IOException {
    if (done.isNull()) {
      return new AttemptOutcome.Apart();
    }
    byte[] body = done.get("inline").asBoolean() ? small.poll() : null;
    long bytes = done.get("bytes").asLong();
    if (done.get("inline").asBoolean() && (body == null || body.length != bytes)) {
      throw new IOException("expected a small result of %s bytes before its end".formatted(bytes));
    }
    return new AttemptOutcome.Done(bytes, done.get("sha256").asText(), body);
  }

  @Override
  public List<AttemptOutcome> runTogether(List<byte[]> requests, List<Path> results) {
    List<AttemptOutcome> outcomes = new ArrayList<>();
    try {
      begin(requests, results);
      Deque<byte[]> small = new ArrayDeque<>();
      Frames.Frame frame = Frames.read(in);
      while (frame.kind() == Frames.Kind.RESULT) {
        small.add(frame.bytes());
        frame = Frames.read(in);
      }
      if (frame.kind() != Frames.Kind.DONE_TOGETHER) {
        throw new IOException("a worker does not say " + frame.kind() + " to several requests");
      }
      for (JsonNode each : MAPPER.readTree(frame.bytes())) {
        outcomes.add(done(each, small));
      }
      return outcomes;
    } catch (IOException e) {
      broken = true;
      process.destroyForcibly();
      return Collections.nCopies(requests.size(), new AttemptOutcome.Died(how(e)));
    } finally {
      end();
    }
  }

  private synchronized void begin(List<byte[]> requests, List<Path> results) throws IOException {
    running = true;
    String[] files = results.stream().map(Path::toString).toArray(String[]::new);
    Frames.write(out, Frames.Kind.TOGETHER, MAPPER.writeValueAsBytes(files));
    for (byte[] request : requests) {
      Frames.write(out, Frames.Kind.BODY, request);
    }
    if (stop != null) {
      Frames.write(out, Frames.Kind.STOP, "");
    }
  }

  /** Called when the process ended during a run. */
  AttemptOutcome lost(IOException e) {
    boolean nearly = seen > room.process() / 4 * 3;
    String how = how(e);
    boolean memory =
        tooLarge
            || (!process.isAlive()
                && (process.exitValue() == WorkerMain.OUT_OF_MEMORY
                    || (process.exitValue() == KILLED && nearly)));
    return memory ? new AttemptOutcome.OutOfMemory(how) : new AttemptOutcome.Died(how);
  }

  String how(IOException e) {
    try {
      if (process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        return "the worker of model %s ended with %s".formatted(spec.name(), process.exitValue());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return "the worker of model %s was lost: %s".formatted(spec.name(), e.getMessage());
  }

  @Override
  public Worker row() {
    return rows.open();
  }

  /** Called when the first row begins, and when the last one has ended. */
  void rows(boolean any) {
    seen = 0;
    running = any;
  }

  /** Ends the process: it does not say what it should, or not in time. */
  void gone() {
    broken = true;
    process.destroyForcibly();
  }

  @Override
  public void watch() {
    if (!running || tooLarge || broken) {
      return;
    }
    long now = ProcessMemory.own(process.pid());
    seen = Math.max(seen, now);
    if (now > room.process()) {
      tooLarge = true;
      LOG.warn(
          "a run of model {} takes {} bytes, expected at most {} of its worker, which is killed",
          spec.name(),
          now,
          room.process());
      process.destroyForcibly();
    }
  }

  @Override
  public void stop(StopReason reason) {
    int run;
    synchronized (this) {
      if (stop != null) {
        return;
      }
      stop = reason;
      run = runs;
      if (running) {
        try {
          Frames.write(out, Frames.Kind.STOP, "");
        } catch (IOException e) {
          LOG.debug("the worker is gone already: {}", Shown.line(String.valueOf(e.getMessage())));
        }
      }
    }
    killLater(run, System.nanoTime(), IMPATIENCE);
  }

  /** Kills the worker of a run that does not end, when another one is ready or after a while. */
  private void killLater(int run, long asked, Duration pause) {
    var unused =
        CompletableFuture.runAsync(
            () -> {
              if (isOver(run)) {
                return;
              }
              long waited = System.nanoTime() - asked;
              boolean last = isShutdown() && waited > GRACE.toNanos();
              if (last || replaced.getAsBoolean() || waited > PATIENCE.toNanos()) {
                kill(run);
              } else {
                killLater(run, asked, IMPATIENCE);
              }
            },
            CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS));
  }

  private synchronized boolean isOver(int run) {
    return runs != run;
  }

  private synchronized boolean isShutdown() {
    return stop == StopReason.SHUTDOWN;
  }

  private synchronized void kill(int run) {
    if (runs == run) {
      LOG.warn("a run of model {} does not end, its worker is killed", spec.name());
      process.destroyForcibly();
    }
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public boolean usable() {
    return !broken && process.isAlive();
  }

  @Override
  public void close() {
    broken = true;
    process.destroyForcibly();
    try {
      connection.close();
    } catch (IOException e) {
      LOG.debug("the worker is gone already: {}", e.getMessage());
    }
    delete(folder);
  }
}
