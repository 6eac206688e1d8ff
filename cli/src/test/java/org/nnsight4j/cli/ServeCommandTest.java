package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path data;

  private int execute(String... arguments) {
    return Main.command(arguments)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private static final Pattern ADDRESS =
      Pattern.compile("(http://127.0.0.1:\\d+), administration on http://127.0.0.1:\\d+\\R");
  private static final Pattern KEY = Pattern.compile("nn4_\\w{10}_[\\w-]{43}");

  /** Starts a server, does something with its address, and ends it. */
  private void serving(Consumer<String> action, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("serve", "--data", data.resolve("d").toString(), "--port", "0"));
    arguments.addAll(List.of("--admin-port", "0"));
    arguments.addAll(List.of(more));
    out.getBuffer().setLength(0);
    Thread command = new Thread(() -> execute(arguments.toArray(String[]::new)));
    command.start();
    try {
      Matcher address = ADDRESS.matcher("");
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!address.reset(out.toString()).find()) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(20);
      }
      Thread.sleep(200);
      action.accept(address.group(1));
    } finally {
      command.interrupt();
      command.join(TimeUnit.SECONDS.toMillis(30));
    }
    assertThat(command.isAlive()).isFalse();
  }

  private Optional<String> key() {
    Matcher key = KEY.matcher(out.toString());
    return key.find() ? Optional.of(key.group()) : Optional.empty();
  }

  private static HttpResponse<String> send(HttpRequest.Builder request, String key) {
    try {
      return HttpClient.newHttpClient()
          .send(
              request.header("Authorization", "Bearer " + key).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void itListensPrintsAKeyAndHasTheEmbeddedModel() throws Exception {
    serving(
        address -> {
          String key = key().orElseThrow();
          var models = send(HttpRequest.newBuilder(URI.create(address + "/v1/models")), key);
          assertThat(models.statusCode()).isEqualTo(200);
          assertThat(models.body()).contains("\"name\":\"gpt2\"");
          var tooLong =
              send(
                  HttpRequest.newBuilder(URI.create(address + "/v1/jobs?model=gpt2"))
                      .POST(HttpRequest.BodyPublishers.ofString("eleven byte")),
                  key);
          assertThat(tooLong.statusCode()).isEqualTo(413);
        },
        "--limit",
        "request-bytes=10");
  }

  @Test
  void itReadsAFileAndIsAdministered() throws Exception {
    Path store = Files.createDirectories(data.resolve("store"));
    Path log = data.resolve("access.jsonl");
    Path config =
        Files.writeString(
            data.resolve("serve.yaml"),
            """
            embedded: [gpt2]
            worker-heap: 512m
            limit: {request-bytes: 10}
            model-store: %s
            access-log: %s
            """
                .formatted(store, log));
    serving(
        address -> {
          String key = key().orElseThrow();
          Matcher admin = ADDRESS.matcher(out.toString());
          assertThat(admin.find()).isTrue();
          String place = admin.group().replaceFirst("(?s).*administration on (\\S+).*", "$1");
          try {
            Path file = Files.writeString(data.resolve("key"), key + "\n");
            List<String> who = List.of("--server", place, "--key-file", file.toString());
            assertThat(admin(who, "models", "list")).contains("\"name\" : \"gpt2\"");
            assertThat(admin(who, "models", "scale", "gpt2", "2")).contains("\"workers\" : 2");
            assertThat(admin(who, "models", "load", "x", "none"))
                .contains("the server answered 422: expected a folder of the model store");
            assertThat(admin(who, "keys", "create", "eve", "--quota", "jobsPerDay=2"))
                .contains("\"jobsPerDay\" : 2");
            assertThat(admin(who, "drain", "--wait")).isEmpty();
            assertThat(admin(who, "resume")).isEmpty();
            assertThat(admin(who, "models", "unload", "gpt2", "--wait")).contains("UNLOADING");
            assertThat(admin(who, "models", "list")).doesNotContain("gpt2");
            assertThat(Files.readString(file)).contains(key);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          send(HttpRequest.newBuilder(URI.create(address + "/v1/models")), key);
        },
        "--config",
        config.toString());
    assertThat(Files.readString(log)).contains("\"path\":\"/v1/models\"");
  }

  private static String admin(List<String> who, String... arguments) {
    StringWriter said = new StringWriter();
    List<String> all = new ArrayList<>(List.of("admin"));
    all.addAll(List.of(arguments));
    all.addAll(who);
    var unused =
        Main.command()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(said, true))
            .execute(all.toArray(String[]::new));
    return said.toString();
  }

  /** A key that was never shown would lock every user out. */
  @Test
  void theFirstKeyIsMadeWhenItIsShownAndAnotherOnDemand() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      String d = data.resolve("d").toString();
      assertThat(execute("serve", "--data", d, "--port", port, "--admin-port", "0")).isEqualTo(1);
      assertThat(err.toString()).contains("expected to listen on port " + port);
    }
    serving(address -> assertThat(key()).isPresent());
    serving(address -> assertThat(key()).isEmpty());
    serving(
        address ->
            assertThat(
                    send(
                            HttpRequest.newBuilder(URI.create(address + "/v1/models")),
                            key().orElseThrow())
                        .statusCode())
                .isEqualTo(200),
        "--new-admin-key");
    assertThat(Files.readAllLines(data.resolve("d").resolve("audit.jsonl"))).hasSize(2);
    if (data.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("d"))))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void impossiblePortsAreRefused() {
    assertThat(execute("serve", "--port", "70000")).isEqualTo(2);
    assertThat(err.toString()).contains("expected 0 to 65535 as --port, found 70000");
    assertThat(execute("serve", "--port", "9080", "--admin-port", "9080")).isEqualTo(2);
    assertThat(err.toString()).contains("found 9080 for both");
  }

  @Test
  void withoutTlsItListensOnlyToThisMachine() {
    assertThat(execute("serve", "--data", data.toString(), "--host", "0.0.0.0")).isEqualTo(2);
    assertThat(err.toString()).contains("expected TLS to listen on 0.0.0.0");
    assertThat(data.toFile().list()).isEmpty();
  }

  @Test
  void contradictionsAreRefused() {
    assertThat(execute("serve", "--no-models", "--model", "a=b")).isEqualTo(2);
    assertThat(err.toString()).contains("expected --no-models or --model, found both");
  }

  @Test
  void unknownLimitsAreRefused() {
    assertThat(execute("serve", "--limit", "speed=9")).isEqualTo(2);
    assertThat(err.toString())
        .contains("expected the name of a limit, one of [request-bytes, request-bytes-at-once,");
    assertThat(execute("serve", "--limit", "jobs=0")).isEqualTo(2);
    assertThat(err.toString()).contains("expected 1 to 2147483647 as the limit jobs, found 0");
    assertThat(execute("serve", "--limit", "jobs=many")).isEqualTo(2);
    assertThat(execute("serve", "--limit", "jobs=1", "--limit", "jobs=2")).isEqualTo(2);
    assertThat(err.toString()).contains("expected the limit jobs once, found it again as 'jobs=2'");
  }

  @Test
  void modelsWithoutANameOrWithThatOfAnotherAreRefused() {
    assertThat(execute("serve", "--model", "/somewhere")).isEqualTo(2);
    assertThat(err.toString()).contains("expected a model as NAME=DIR, found '/somewhere'");
    assertThat(execute("serve", "--model", "a=x", "--model", "a=y")).isEqualTo(2);
    assertThat(err.toString()).contains("expected each name of a model once, found [a, a]");
  }

  @Test
  void aDirectoryWithoutAModelIsRefused() {
    assertThat(
            execute(
                "serve",
                "--data",
                data.toString(),
                "--port",
                "0",
                "--admin-port",
                "0",
                "--model",
                "m=" + data))
        .isEqualTo(1);
    assertThat(err.toString()).contains("expected a model directory with config.json");
  }
}
