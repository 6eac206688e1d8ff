package org.nnsight4j.server.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.JobProgress;

/** The program of a worker process. */
public final class WorkerMain {
  /** The exit code of the JVM itself with {@code -XX:+ExitOnOutOfMemoryError}. */
  static final int OUT_OF_MEMORY = 3;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final DataOutputStream out;
  private final JobExecutor executor;
  private final Room room;
  private final ExecutorService runs = Executors.newSingleThreadExecutor();
  private final Stoppable stoppable = new Stoppable();
  private final RowRuns rows;

  private WorkerMain(DataOutputStream out, JobExecutor executor, Room room) {
    this.out = out;
    this.executor = executor;
    this.room = room;
    this.rows = new RowRuns(out, executor, room);
  }

  /**
   * Loads a model and runs what the server sends.
   *
   * @param arguments kind, name and location of the model; the port where the server waits; how
   *     many bytes a run may take, and a result that needs no file; the settings of the model
   */
  public static void main(String[] arguments) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    byte[] word = in.readNBytes(WorkerDoor.WORD_BYTES);
    // Standard output is only for what libraries print.
    Socket server = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[3]));
    server.setTcpNoDelay(true);
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(server.getOutputStream(), 1 << 16));
    out.write(word);
    out.flush();
    // Some systems drop a last word that is empty.
    String settings = arguments.length > 6 ? arguments[6] : "";
    ModelSpec spec = new ModelSpec(arguments[1], arguments[0], arguments[2], 1, settings);
    Room room = new Room(0, Long.parseLong(arguments[4]), Integer.parseInt(arguments[5]));
    CompletableFuture<WorkerMain> loading = new CompletableFuture<>();
    new Thread(() -> load(spec, room, out, loading), "load").start();
    try {
      // Nothing comes before the model is loaded, except for the end of the server.
      Frames.Frame first = Frames.read(in);
      loading.join().listen(first, in);
    } catch (IOException e) {
      // The server is gone.
    }
    Runtime.getRuntime().halt(0);
  }

  private static void load(
      ModelSpec spec, Room room, DataOutputStream out, CompletableFuture<WorkerMain> loading) {
    try {
      ExecutorKind kind = ExecutorKind.named(spec.kind());
      // Computed before and after: a checkpoint that is replaced while it is read is neither the
      // old one nor the new one.
      String digest = kind.digest(spec);
      loading.complete(new WorkerMain(out, kind.open(spec), room));
      boolean same = kind.digest(spec).equals(digest);
      Frames.write(out, Frames.Kind.READY, same ? digest : "exchanged");
    } catch (IOException e) {
      // The server is gone.
      Runtime.getRuntime().halt(0);
    } catch (RuntimeException | Error e) {
      end(e);
    }
  }

  private void listen(Frames.Frame first, DataInputStream in) throws IOException {
    Frames.Frame frame = first;
    Path result = Path.of("");
    List<Path> results = List.of();
    List<byte[]> requests = new ArrayList<>();
    while (true) {
      switch (frame.kind()) {
        case RUN -> result = Path.of(frame.text());
        case TOGETHER -> {
          results =
              Stream.of(MAPPER.readValue(frame.bytes(), String[].class)).map(Path::of).toList();
          requests = new ArrayList<>();
        }
        case BODY -> {
          if (results.isEmpty()) {
            Path file = result;
            byte[] body = frame.bytes();
            runs.execute(() -> run(body, file));
            break;
          }
          requests.add(frame.bytes());
          if (requests.size() == results.size()) {
            List<byte[]> all = requests;
            List<Path> files = results;
            results = List.of();
            runs.execute(() -> runTogether(all, files));
          }
        }
        case STOP -> stoppable.ask();
        case ROW -> rows.hear(frame);
        case ROWS_OVER -> Frames.write(out, Frames.Kind.ROWS_OVER, "");
        default -> throw new IOException("a server does not say " + frame.kind());
      }
      frame = Frames.read(in);
    }
  }

  private void run(byte[] request, Path result) {
    try {
      AttemptOutcome outcome =
          stoppable.run(
              () ->
                  Attempt.run(
                      executor::execute,
                      request,
                      result,
                      this::progress,
                      stoppable::isAsked,
                      room));
      if (outcome instanceof AttemptOutcome.Done done) {
        Frames.write(out, Frames.Kind.DONE, said(done));
      } else if (outcome instanceof AttemptOutcome.Failed failed) {
        Frames.write(out, Frames.Kind.FAILED, failed.problem().toJson());
      } else if (outcome instanceof AttemptOutcome.Unwritten) {
        Frames.write(out, Frames.Kind.UNWRITTEN, "");
      } else {
        Frames.write(out, Frames.Kind.STOPPED, "");
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(1);
    } catch (Error e) {
      end(e);
    }
  }

  /**
   * A result as the server reads it; the bytes of a small one have a frame of their own, before.
   */
  record Result(long bytes, String sha256, boolean inline) {}

  private Result result(AttemptOutcome.Done done) throws IOException {
    byte[] body = done.body();
    if (body != null) {
      Frames.add(out, Frames.Kind.RESULT, body);
    }
    return new Result(done.bytes(), done.sha256(), body != null);
  }

  private byte[] said(AttemptOutcome.Done done) throws IOException {
    return MAPPER.writeValueAsBytes(result(done));
  }

  /** Out of memory, or a native library that cannot be used: the next job gets a new JVM. */
  static void end(Throwable e) {
    boolean memory = e instanceof OutOfMemoryError;
    try {
      e.printStackTrace();
    } finally {
      Runtime.getRuntime().halt(memory ? OUT_OF_MEMORY : 2);
    }
  }

  private void runTogether(List<byte[]> requests, List<Path> results) {
    try {
      List<@Nullable Result> done = new ArrayList<>();
      for (AttemptOutcome outcome :
          stoppable.run(() -> Attempt.runTogether(executor, requests, results, room))) {
        done.add(outcome instanceof AttemptOutcome.Done each ? result(each) : null);
      }
      Frames.write(out, Frames.Kind.DONE_TOGETHER, MAPPER.writeValueAsBytes(done));
    } catch (IOException e) {
      Runtime.getRuntime().halt(1);
    } catch (Error e) {
      end(e);
    }
  }

  private void progress(JobProgress progress) {
    try {
      Frames.write(out, Frames.Kind.PROGRESS, MAPPER.writeValueAsBytes(progress));
    } catch (IOException e) {
      Runtime.getRuntime().halt(1);
    }
  }
}
