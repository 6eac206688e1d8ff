package org.nnsight4j.server.worker;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.testing.TestServer;

/** How many workers there are, and what a run costs that does not end. */
@Timeout(120)
final class WorkerPoolTest {
  private static final List<String> JVM = TestServer.WORKER_JVM;

  @TempDir Path directory;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private WorkerPool pool(int workers) {
    return pool(new ModelSpec("m", "test", "", workers), "none");
  }

  private WorkerPool pool(ModelSpec model, String digest) {
    return new WorkerPool(model, digest, false, JVM, new Room(1L << 30, 1L << 30, 1000), directory);
  }

  private CompletableFuture<AttemptOutcome> run(Worker worker, String request) {
    byte[] body = request.getBytes(StandardCharsets.UTF_8);
    return CompletableFuture.supplyAsync(
        () -> worker.run(body, directory.resolve("result"), progress -> {}), threads);
  }

  /** Jobs that wait at the start take their workers while all are being started. */
  @Test
  void thereAreAsManyWorkersAsTheOperatorAllows() throws Exception {
    try (WorkerPool pool = pool(2)) {
      List<Future<Worker>> jobs = new ArrayList<>();
      Future<Boolean> warm =
          threads.submit(
              () -> {
                pool.warm();
                return true;
              });
      for (int job = 0; job < 2; job++) {
        jobs.add(threads.submit(pool::take));
      }
      for (Future<Worker> job : jobs) {
        pool.give(job.get(60, TimeUnit.SECONDS));
      }
      assertThat(warm.get(60, TimeUnit.SECONDS)).isTrue();
      assertThat(pool.begun()).isEqualTo(2);
      assertThat(pool.alive()).isEqualTo(2);
    }
  }

  @Test
  void aRunThatRespondsEndsAndItsWorkerStays() throws Exception {
    try (WorkerPool pool = pool(1)) {
      Worker worker = pool.take();
      CompletableFuture<AttemptOutcome> run = run(worker, "sleep 60000");
      Thread.sleep(100);
      worker.stop(StopReason.CANCELLED);
      assertThat(run.get(20, TimeUnit.SECONDS))
          .isEqualTo(new AttemptOutcome.Stopped(StopReason.CANCELLED));
      assertThat(run(worker, "echo x").get(20, TimeUnit.SECONDS))
          .isInstanceOf(AttemptOutcome.Done.class);
      assertThat(pool.begun()).isEqualTo(1);
    }
  }

  /** Whoever is asked to end before the worker has heard of the run. */
  @Test
  void aStopThatComesFirstIsNotLost() throws Exception {
    try (WorkerPool pool = pool(1)) {
      Worker worker = pool.take();
      worker.stop(StopReason.TIME_LIMIT);
      assertThat(run(worker, "sleep 60000").get(20, TimeUnit.SECONDS))
          .isEqualTo(new AttemptOutcome.Stopped(StopReason.TIME_LIMIT));
      assertThat(run(worker, "echo x").get(20, TimeUnit.SECONDS))
          .isInstanceOf(AttemptOutcome.Done.class);
    }
  }

  @Test
  void anotherWorkerIsReadyBeforeOneIsKilled() throws Exception {
    try (WorkerPool pool = pool(1)) {
      Worker deaf = pool.take();
      CompletableFuture<AttemptOutcome> run = run(deaf, "hang 60000");
      Thread.sleep(100);
      deaf.stop(StopReason.CANCELLED);
      boolean ahead = false;
      while (!run.isDone()) {
        ahead |= pool.begun() == 2 && deaf.usable();
        Thread.sleep(1);
      }
      assertThat(ahead).isTrue();
      assertThat(run.get()).isEqualTo(new AttemptOutcome.Stopped(StopReason.CANCELLED));
      pool.give(deaf);
      Worker next = pool.take();
      assertThat(run(next, "echo x").get(20, TimeUnit.SECONDS))
          .isInstanceOf(AttemptOutcome.Done.class);
      assertThat(pool.begun()).isEqualTo(2);
      assertThat(pool.alive()).isEqualTo(1);
    }
  }

  /** Like a long kernel, but not so long that its worker has to be killed. */
  @Test
  void aRunThatEndsBeforeAnotherIsReadyKeepsItsWorker() throws Exception {
    try (WorkerPool pool = pool(1)) {
      Worker worker = pool.take();
      CompletableFuture<AttemptOutcome> run = run(worker, "hang 350");
      Thread.sleep(50);
      worker.stop(StopReason.CANCELLED);
      assertThat(run.get(20, TimeUnit.SECONDS))
          .isEqualTo(new AttemptOutcome.Stopped(StopReason.CANCELLED));
      assertThat(worker.usable()).isTrue();
    }
  }

  @Test
  void aWorkerWithAnotherCheckpointIsNotUsed() throws Exception {
    Path file = Files.writeString(directory.resolve("weights"), "a");
    ModelSpec model = new ModelSpec("m", "test", file.toString(), 1);
    try (WorkerPool pool = pool(model, "a")) {
      pool.give(pool.take());
      assertThat(pool.trouble()).isEmpty();
    }
    Files.writeString(file, "b");
    try (WorkerPool pool = pool(model, "a")) {
      IOException refused = assertThrows(IOException.class, pool::take);
      assertThat(refused)
          .hasMessageThat()
          .isEqualTo(
              "the checkpoint of the model 'm' is not the one that was there when the server"
                  + " started; start the server again to serve it");
      assertThat(pool.trouble()).hasValue(refused.getMessage());
      assertThat(pool.alive()).isEqualTo(0);
    }
  }

  private static ModelSpec slow() {
    return new ModelSpec("m", "test", "", 1, "loads 60000");
  }

  /** After a kill of the server nobody else would end it. */
  @Test
  void aWorkerThatStillLoadsEndsWithItsServer() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(JVM);
      command.addAll(OwnClasses.begin(WorkerMain.class));
      command.addAll(
          List.of("test", "m", "", Integer.toString(door.getLocalPort()), "1000", "1000"));
      command.add(slow().settings());
      Process worker = new ProcessBuilder(command).redirectErrorStream(true).start();
      try {
        worker.getOutputStream().write(new byte[WorkerDoor.WORD_BYTES]);
        worker.getOutputStream().flush();
        try (Socket said = door.accept()) {
          assertThat(said.getInputStream().readNBytes(WorkerDoor.WORD_BYTES))
              .hasLength(WorkerDoor.WORD_BYTES);
          assertThat(worker.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
          worker.getOutputStream().close();
          assertThat(worker.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
      } finally {
        worker.destroyForcibly();
      }
    }
  }

  @Test
  void aPoolThatClosesEndsTheWorkersThatItStarts() throws Exception {
    Set<Long> before = children();
    WorkerPool pool = pool(slow(), "none");
    Future<Worker> taken = threads.submit(pool::take);
    while (before.containsAll(children())) {
      Thread.sleep(5);
    }
    pool.close();
    assertThrows(ExecutionException.class, () -> taken.get(20, TimeUnit.SECONDS));
    while (!before.containsAll(children())) {
      Thread.sleep(5);
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.toList()).isEmpty();
    }
  }

  private static Set<Long> children() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }
}
