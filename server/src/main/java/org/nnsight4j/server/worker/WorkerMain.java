package org.nnsight4j.server.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.Progress;

/** The program of a worker process. */
public final class WorkerMain {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final DataOutputStream out;
  private final JobExecutor executor;
  private final ExecutorService runs = Executors.newSingleThreadExecutor();
  private final AtomicBoolean stopped = new AtomicBoolean();

  private WorkerMain(DataOutputStream out, JobExecutor executor) {
    this.out = out;
    this.executor = executor;
  }

  /**
   * Loads a model and runs what the server sends.
   *
   * @param arguments kind, name and location of the model
   */
  public static void main(String[] arguments) throws IOException {
    // What others print must not come between the frames.
    System.setOut(System.err);
    DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    ModelSpec spec = new ModelSpec(arguments[1], arguments[0], arguments[2], 1);
    try {
      WorkerMain worker = new WorkerMain(out, ExecutorKind.named(spec.kind()).open(spec));
      Frames.write(out, Frames.Kind.READY, "");
      worker.listen(in);
    } catch (IOException e) {
      // The server is gone.
    }
    Runtime.getRuntime().halt(0);
  }

  private void listen(DataInputStream in) throws IOException {
    Path result = Path.of("");
    while (true) {
      Frames.Frame frame = Frames.read(in);
      switch (frame.kind()) {
        case RUN -> {
          stopped.set(false);
          result = Path.of(frame.text());
        }
        case BODY -> {
          Path file = result;
          runs.execute(() -> run(frame.bytes(), file));
        }
        case STOP -> stopped.set(true);
        default -> throw new IOException("a server does not say " + frame.kind());
      }
    }
  }

  private void run(byte[] request, Path result) {
    try {
      Outcome outcome = Attempt.run(executor, request, result, this::progress, stopped::get);
      if (outcome instanceof Outcome.Done done) {
        var answer = Map.of("bytes", done.bytes(), "sha256", done.sha256());
        Frames.write(out, Frames.Kind.DONE, MAPPER.writeValueAsBytes(answer));
      } else if (outcome instanceof Outcome.Failed failed) {
        Frames.write(out, Frames.Kind.FAILED, failed.problem().toJson());
      } else {
        Frames.write(out, Frames.Kind.STOPPED, "");
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(1);
    } catch (Error e) {
      // Out of memory, or a native library that cannot be used: the next attempt gets a new JVM.
      e.printStackTrace();
      Runtime.getRuntime().halt(2);
    }
  }

  private void progress(Progress progress) {
    try {
      Frames.write(out, Frames.Kind.PROGRESS, MAPPER.writeValueAsBytes(progress));
    } catch (IOException e) {
      Runtime.getRuntime().halt(1);
    }
  }
}
