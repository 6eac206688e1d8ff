package org.nnsight4j.server.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.nnsight4j.server.execute.JobExecutor;

/** In a worker process, the runs that are there at the same time, each on a thread of its own. */
final class RowRuns {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private record Row(Path result, Stoppable stoppable) {}

  private final DataOutputStream out;
  private final JobExecutor executor;
  private final Room room;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<Integer, Row> rows = new ConcurrentHashMap<>();

  RowRuns(DataOutputStream out, JobExecutor executor, Room room) {
    this.out = out;
    this.executor = executor;
    this.room = room;
  }

  /** What the server says about one row. */
  void hear(Frames.Frame frame) throws IOException {
    int number = Frames.row(frame);
    Frames.Frame said = Frames.ofRow(frame);
    Row row = rows.get(number);
    switch (said.kind()) {
      case RUN -> rows.put(number, new Row(Path.of(said.text()), new Stoppable()));
      case BODY -> {
        if (row == null) {
          throw new IOException("expected the path of a result before the request");
        }
        threads.execute(() -> run(number, row, said.bytes()));
      }
      case STOP -> {
        // It may have ended in the meantime.
        if (row != null) {
          row.stoppable().ask();
        }
      }
      default -> throw new IOException("a server does not say " + said.kind() + " of a row");
    }
  }

  private void run(int number, Row row, byte[] request) {
    try {
      AttemptOutcome outcome =
          row.stoppable()
              .run(
                  () ->
                      Attempt.run(
                          executor::executeRow,
                          request,
                          row.result(),
                          progress -> say(number, Frames.Kind.PROGRESS, progress),
                          row.stoppable()::isAsked,
                          room));
      rows.remove(number);
      if (outcome instanceof AttemptOutcome.Done done) {
        byte[] body = done.body();
        if (body != null) {
          say(number, Frames.Kind.RESULT, body);
        }
        say(
            number,
            Frames.Kind.DONE,
            new WorkerMain.Result(done.bytes(), done.sha256(), body != null));
      } else if (outcome instanceof AttemptOutcome.Failed failed) {
        say(number, Frames.Kind.FAILED, failed.problem().toJson().getBytes(StandardCharsets.UTF_8));
      } else if (outcome instanceof AttemptOutcome.Unwritten) {
        say(number, Frames.Kind.UNWRITTEN, new byte[0]);
      } else if (outcome instanceof AttemptOutcome.Disturbed) {
        say(number, Frames.Kind.DISTURBED, new byte[0]);
      } else {
        say(number, Frames.Kind.STOPPED, new byte[0]);
      }
    } catch (Error e) {
      WorkerMain.end(e);
    }
  }

  private void say(int number, Frames.Kind kind, Object json) {
    try {
      say(number, kind, MAPPER.writeValueAsBytes(json));
    } catch (IOException e) {
      Runtime.getRuntime().halt(1);
    }
  }

  private void say(int number, Frames.Kind kind, byte[] bytes) {
    try {
      Frames.writeRow(out, number, kind, bytes);
    } catch (IOException e) {
      // The server is gone.
      Runtime.getRuntime().halt(1);
    }
  }
}
