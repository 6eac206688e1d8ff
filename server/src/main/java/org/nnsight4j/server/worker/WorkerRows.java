package org.nnsight4j.server.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.problem.Problem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runs that a worker process has at the same time; one thread reads what it says of all. */
final class WorkerRows {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerRows.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** A pass takes less; the worker is killed then, and the others begin again. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration LAST_PATIENCE = Duration.ofSeconds(2);
  private static final Frames.Frame LOST = new Frames.Frame(Frames.Kind.ROWS_OVER, new byte[0]);

  private final WorkerProcess process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final Map<Integer, Row> rows = new ConcurrentHashMap<>();
  private int last;
  private @Nullable Thread reader;
  private volatile @Nullable IOException lost;
  private volatile @Nullable Row killedFor;

  WorkerRows(WorkerProcess process, DataInputStream in, DataOutputStream out) {
    this.process = process;
    this.in = in;
    this.out = out;
  }

  synchronized Worker open() {
    if (rows.isEmpty()) {
      process.rows(true);
      Thread thread = new Thread(this::read, "rows-of-a-worker");
      thread.setDaemon(true);
      reader = thread;
      thread.start();
    }
    Row row = new Row(++last);
    rows.put(row.number, row);
    return row;
  }

  /** Afterwards the process can be used as a whole again. */
  private synchronized void close(Row row) {
    rows.remove(row.number);
    Thread reading = reader;
    if (!rows.isEmpty() || reading == null) {
      return;
    }
    try {
      Frames.write(out, Frames.Kind.ROWS_OVER, "");
      // It needs no lock to end.
      reading.join(PATIENCE.toMillis());
    } catch (IOException e) {
      LOG.debug("the worker is gone already: {}", Shown.line(e.toString()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (reading.isAlive()) {
      process.gone();
    }
    reader = null;
    process.rows(false);
  }

  private void read() {
    try {
      for (Frames.Frame frame = Frames.read(in);
          frame.kind() != Frames.Kind.ROWS_OVER;
          frame = Frames.read(in)) {
        if (frame.kind() != Frames.Kind.ROW) {
          throw new IOException("a worker with rows does not say " + frame.kind());
        }
        Row row = rows.get(Frames.row(frame));
        if (row != null) {
          row.said.add(Frames.ofRow(frame));
        }
      }
    } catch (IOException e) {
      lost = e;
      process.gone();
      rows.values().forEach(row -> row.said.add(LOST));
    }
  }

  /** One run. */
  private final class Row implements Worker {
    private final int number;
    private final BlockingQueue<Frames.Frame> said = new LinkedBlockingQueue<>();
    private @Nullable StopReason stop;
    private boolean running;
    private boolean over;

    Row(int number) {
      this.number = number;
    }

    @Override
    public AttemptOutcome run(byte[] request, Path result, Consumer<JobProgress> progress) {
      AttemptOutcome outcome;
      try {
        begin(request, result);
        outcome = listen(progress);
      } catch (IOException e) {
        process.gone();
        outcome = lost(e);
      } finally {
        end();
      }
      StopReason reason = reason();
      boolean ended =
          outcome instanceof AttemptOutcome.Stopped || outcome instanceof AttemptOutcome.Died;
      return ended && reason != null ? new AttemptOutcome.Stopped(reason) : outcome;
    }

    private synchronized void begin(byte[] request, Path result) throws IOException {
      if (lost != null) {
        throw new IOException("the worker is gone", lost);
      }
      running = true;
      Frames.writeRow(
          out, number, Frames.Kind.RUN, result.toString().getBytes(StandardCharsets.UTF_8));
      Frames.writeRow(out, number, Frames.Kind.BODY, request);
      if (stop != null) {
        Frames.writeRow(out, number, Frames.Kind.STOP, new byte[0]);
      }
    }

    private AttemptOutcome listen(Consumer<JobProgress> progress) throws IOException {
      Deque<byte[]> small = new ArrayDeque<>();
      while (true) {
        Frames.Frame frame = next();
        switch (frame.kind()) {
          case PROGRESS -> progress.accept(MAPPER.readValue(frame.bytes(), JobProgress.class));
          case RESULT -> small.add(frame.bytes());
          case DONE -> {
            return WorkerProcess.done(MAPPER.readTree(frame.bytes()), small);
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
          case DISTURBED -> {
            return new AttemptOutcome.Disturbed();
          }
          case ROWS_OVER -> throw new IOException("the worker was lost", lost);
          default -> throw new IOException("a worker does not say " + frame.kind() + " of a row");
        }
      }
    }

    /** A thread that is interrupted has to wait all the same: the run goes on. */
    private Frames.Frame next() {
      boolean interrupted = false;
      while (true) {
        try {
          Frames.Frame frame = said.take();
          if (interrupted) {
            Thread.currentThread().interrupt();
          }
          return frame;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }

    private AttemptOutcome lost(IOException e) {
      Row guilty = killedFor;
      if (guilty != null && guilty != this) {
        return new AttemptOutcome.Disturbed();
      }
      // Of several runs any may have been the reason: each runs alone next time.
      return rows.size() == 1 ? process.lost(e) : new AttemptOutcome.Died(process.how(e));
    }

    private synchronized @Nullable StopReason reason() {
      return stop;
    }

    private synchronized void end() {
      over = true;
    }

    private synchronized boolean isOver() {
      return over;
    }

    @Override
    public void stop(StopReason reason) {
      synchronized (this) {
        if (stop != null) {
          return;
        }
        stop = reason;
        if (running && !over) {
          try {
            Frames.writeRow(out, number, Frames.Kind.STOP, new byte[0]);
          } catch (IOException e) {
            LOG.debug("the worker is gone already: {}", Shown.line(e.toString()));
          }
        }
      }
      Duration patience = reason == StopReason.SHUTDOWN ? LAST_PATIENCE : PATIENCE;
      var unused =
          CompletableFuture.runAsync(
              this::killIfRunning,
              CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS));
    }

    private void killIfRunning() {
      if (!isOver()) {
        LOG.warn("a run does not end, its worker is killed, and the others in it begin again");
        killedFor = this;
        process.gone();
      }
    }

    @Override
    public List<AttemptOutcome> runTogether(List<byte[]> requests, List<Path> results) {
      throw new IllegalStateException("a row is for one run");
    }

    @Override
    public Worker row() {
      throw new IllegalStateException("a row has no rows");
    }

    @Override
    public String digest() {
      return process.digest();
    }

    @Override
    public boolean usable() {
      return process.usable();
    }

    @Override
    public void close() {
      WorkerRows.this.close(this);
    }
  }
}
