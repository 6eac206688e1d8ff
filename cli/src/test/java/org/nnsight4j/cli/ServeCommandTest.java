package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path data;

  private int execute(String... arguments) {
    return Main.command()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void itListensPrintsAKeyAndHasTheEmbeddedModel() throws Exception {
    Thread command =
        new Thread(
            () ->
                execute(
                    "serve",
                    "--data",
                    data.toString(),
                    "--port",
                    "0",
                    "--admin-port",
                    "0",
                    "--limit",
                    "request-bytes=10"));
    command.start();
    try {
      Matcher address = Pattern.compile("(http://127.0.0.1:\\d+),").matcher("");
      Matcher key = Pattern.compile("nn4_\\w{10}_[\\w-]{43}").matcher("");
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!address.reset(out.toString()).find() || !key.reset(out.toString()).find()) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(20);
      }
      HttpResponse<String> models =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(address.group(1) + "/v1/models"))
                      .header("Authorization", "Bearer " + key.group())
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(models.statusCode()).isEqualTo(200);
      assertThat(models.body()).contains("\"name\":\"gpt2\"");
      HttpResponse<String> tooLong =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(address.group(1) + "/v1/jobs?model=gpt2"))
                      .header("Authorization", "Bearer " + key.group())
                      .POST(HttpRequest.BodyPublishers.ofString("eleven byte"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(tooLong.statusCode()).isEqualTo(413);
    } finally {
      command.interrupt();
      command.join(TimeUnit.SECONDS.toMillis(30));
    }
    assertThat(command.isAlive()).isFalse();
  }

  @Test
  void withoutTlsItListensToThisMachineOnly() {
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
  void limitsThatAreNoneAreRefused() {
    assertThat(execute("serve", "--limit", "speed=9")).isEqualTo(2);
    assertThat(err.toString())
        .contains("expected the name of a limit, one of [request-bytes, request-bytes-at-once,");
    assertThat(execute("serve", "--limit", "jobs=0")).isEqualTo(2);
    assertThat(err.toString()).contains("expected 1 to 2147483647 as the limit jobs, found 0");
    assertThat(execute("serve", "--limit", "jobs=many")).isEqualTo(2);
  }

  @Test
  void aDirectoryThatIsNoModelIsRefused() {
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
