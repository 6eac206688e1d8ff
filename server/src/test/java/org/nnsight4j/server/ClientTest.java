package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.remote.Job;
import org.nnsight4j.remote.JobStatus;
import org.nnsight4j.remote.RemoteException;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.StatusLine;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.remote.Watcher;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.testing.FaultyProxy;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** The client against a real server, over connections that break. */
final class ClientTest {
  @TempDir static Path data;
  @TempDir Path files;
  private static TestServer server;
  private static RemoteServer client;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(data);
    client = RemoteServer.at(server.uri("").toString(), server.alice).quiet();
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static Job submit(RemoteServer to, String request) {
    return to.submit("m", request.getBytes(StandardCharsets.UTF_8), SubmitOptions.defaults());
  }

  @Test
  void aJobIsAwaitedAndItsTensorsRead() {
    var tensors = submit(client, "echo abc").await();
    assertThat(tensors.get("echo").toLongArray())
        .isEqualTo("echo abc".chars().asLongStream().toArray());
  }

  @Test
  void theSameJobIsFoundByItsId() throws Exception {
    Job job = submit(client, "sleep 100");
    Job again = client.job(job.id());
    assertThat(again.future().get(30, TimeUnit.SECONDS)).isEqualTo(job.await());
    assertThat(client.jobs().get(0).id()).isEqualTo(job.id());
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    job.delete();
    assertThrows(RemoteException.class, job::info);
  }

  @Test
  void eventsAndResultsResumeAfterBrokenConnections() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(server.server.port(), 150_000)) {
      List<JobStatus> heard = Collections.synchronizedList(new ArrayList<>());
      RemoteServer through =
          RemoteServer.at("http://127.0.0.1:" + proxy.port(), server.alice)
              .watchedBy(
                  new Watcher() {
                    @Override
                    public void status(String jobId, JobStatus status, String text) {
                      heard.add(status);
                    }
                  });
      Path file = submit(through, "big 1000000").awaitFile(files.resolve("big.safetensors"));
      assertThat(Files.readAllBytes(file)).isEqualTo(TestKind.result("big 1000000"));
      assertThat(proxy.broken.get()).isAtLeast(6);
      assertThat(heard)
          .containsExactly(
              JobStatus.RECEIVED, JobStatus.APPROVED, JobStatus.RUNNING, JobStatus.COMPLETED)
          .inOrder();
    }
  }

  @Test
  void eachStatusIsReportedOnceThoughEveryConnectionBreaks() throws Exception {
    // Enough for the headers of the stream and about one event.
    try (FaultyProxy proxy = new FaultyProxy(server.server.port(), 420)) {
      List<JobStatus> heard = Collections.synchronizedList(new ArrayList<>());
      Job job = submit(client, "sleep 300");
      RemoteServer through =
          RemoteServer.at("http://127.0.0.1:" + proxy.port(), server.alice)
              .watchedBy(
                  new Watcher() {
                    @Override
                    public void status(String jobId, JobStatus status, String text) {
                      heard.add(status);
                      if (status == JobStatus.RUNNING) {
                        // The last event is longer, because it has the state of the job.
                        proxy.bytesPerConnection.set(1500);
                      }
                    }
                  });
      assertThat(through.job(job.id()).awaitEnd().status()).isEqualTo(JobStatus.COMPLETED);
      assertThat(heard)
          .containsExactly(
              JobStatus.RECEIVED, JobStatus.APPROVED, JobStatus.RUNNING, JobStatus.COMPLETED)
          .inOrder();
      assertThat(proxy.broken.get()).isAtLeast(2);
    }
  }

  @Test
  void aFailedJobThrowsWhatTheServerSaid() {
    RemoteException failure =
        assertThrows(RemoteException.class, () -> submit(client, "fail too wide").await());
    assertThat(failure)
        .hasMessageThat()
        .isEqualTo("The run failed: too wide (module transformer.h.3.mlp) (at Experiment.java:42)");
    assertThat(failure.problem().orElseThrow().code()).isEqualTo("run-failed");
    assertThat(failure.problem().orElseThrow().node().getAsInt()).isEqualTo(7);
  }

  @Test
  void aCancelledJobThrows() throws Exception {
    Job job = submit(client, "sleep 60000");
    var future = job.future();
    job.cancel();
    Exception failure = assertThrows(Exception.class, () -> future.get(30, TimeUnit.SECONDS));
    assertThat(failure).hasMessageThat().contains("cancelled");
  }

  @Test
  void aRefusalThrowsAtOnce() {
    RemoteException refused = assertThrows(RemoteException.class, () -> submit(client, "nonsense"));
    assertThat(refused).hasMessageThat().contains("expected a known word");
    RemoteException nobody =
        assertThrows(
            RemoteException.class,
            () -> RemoteServer.at(server.uri("").toString(), "nn4_x").models());
    assertThat(nobody).hasMessageThat().contains("No valid key");
  }

  @Test
  void optionsArrive() {
    Job job =
        client.submit(
            "m",
            "sleep 60000".getBytes(StandardCharsets.UTF_8),
            SubmitOptions.defaults()
                .priority(SubmitOptions.Priority.INTERACTIVE)
                .timeLimit(Duration.ofSeconds(1)));
    RemoteException late = assertThrows(RemoteException.class, job::await);
    assertThat(late.problem().orElseThrow().code()).isEqualTo("time-limit");
  }

  @Test
  void statusAndProgressArePrinted() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    // Long enough that the client listens before the last step.
    Job job = submit(client, "steps 3 300");
    job.watchedBy(new StatusLine(out, true)).await();
    String printed = bytes.toString(StandardCharsets.UTF_8);
    for (String word : List.of("RECEIVED", "APPROVED", "RUNNING", "COMPLETED", "RESULT")) {
      assertThat(printed).contains("[" + job.id() + "] " + word);
    }
    assertThat(printed).contains("##############################] 3 of 3 step");
  }

  @Test
  void aKeyFromAFileHasALineEndAndOthersAreRefusedUnseen() {
    String address = server.uri("").toString();
    assertThat(RemoteServer.at(address, " " + server.alice + "\n").quiet().models()).isNotEmpty();
    for (String key : List.of("", " \n", "two words", "line\nend", "sch\u00fcssel")) {
      RemoteException refused =
          assertThrows(RemoteException.class, () -> RemoteServer.at(address, key));
      assertThat(refused).hasMessageThat().startsWith("expected an API key of visible ASCII");
      assertThat(refused).hasMessageThat().doesNotContain("two words");
    }
  }

  /** And not after two minutes. */
  @Test
  @Timeout(30)
  void aServerWithoutTlsIsNoticed() {
    RemoteServer https =
        RemoteServer.at(server.uri("").toString().replace("http:", "https:"), server.alice).quiet();
    RemoteException refused = assertThrows(RemoteException.class, https::models);
    assertThat(refused).hasMessageThat().contains("does the server have http?");
  }

  @Test
  void anUnknownModelIsReportedWithTheKnownOnes() {
    RemoteException refused = assertThrows(RemoteException.class, () -> client.model("gpt3"));
    assertThat(refused).hasMessageThat().contains("found 'gpt3'; it has [m]");
  }

  @Test
  void impossibleOptionsAreRefusedAtOnce() {
    SubmitOptions options = SubmitOptions.defaults();
    for (Duration none : List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofSeconds(-1))) {
      assertThrows(RemoteException.class, () -> options.timeLimit(none));
    }
    assertThrows(RemoteException.class, () -> client.model(" "));
    for (String key : List.of("", "a b", "a\n", "x".repeat(201))) {
      assertThrows(RemoteException.class, () -> options.idempotencyKey(key));
    }
  }

  /** A client that is told to come back does so, and reports why it takes so long. */
  @Test
  void waitingForABusyServerIsReported(@TempDir Path other) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (TestServer slow =
        TestServer.start(
            other,
            options -> options.withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 1)))) {
      RemoteServer watched =
          RemoteServer.at(slow.uri("").toString(), slow.alice)
              .watchedBy(new StatusLine(out, false));
      for (int i = 0; i < 12; i++) {
        assertThat(watched.models()).hasSize(1);
      }
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .matches(
            "waiting for http://127.0.0.1:\\d+: it answers 429 \\(too-many-requests\\);"
                + " trying again in 1.0 s\\R");
  }

  @Test
  void aDamagedResultIsNotKept() throws Exception {
    Job job = submit(client, "echo whole");
    job.awaitEnd();
    try (var all = Files.list(data.resolve("results"))) {
      for (Path file : all.filter(each -> each.toString().contains(job.id())).toList()) {
        byte[] content = Files.readAllBytes(file);
        content[content.length - 1] ^= 1;
        Files.write(file, content);
      }
    }
    RemoteException damaged =
        assertThrows(RemoteException.class, () -> job.awaitFile(files.resolve("x.safetensors")));
    assertThat(damaged).hasMessageThat().contains("was damaged on its way");
    assertThat(files.toFile().list()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "server",
        "ftp://x",
        "http://",
        "127.0.0.1:8080",
        "http://a b",
        "http://127.0.0.1:1/v1"
      })
  void invalidAddressesAreRefused(String address) {
    RemoteException refused =
        assertThrows(RemoteException.class, () -> RemoteServer.at(address, "nn4_x"));
    assertThat(refused).hasMessageThat().contains("expected the address of a server");
  }

  @Test
  void aKeyDoesNotTravelUnencrypted() {
    RemoteException refused =
        assertThrows(
            RemoteException.class, () -> RemoteServer.at("http://gpu.example.org", "nn4_x"));
    assertThat(refused).hasMessageThat().contains("expected https for gpu.example.org");
  }
}
