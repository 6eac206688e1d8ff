package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.testing.TestServer;
import org.nnsight4j.server.worker.AttemptOutcome;

/** The metrics that docs/deploy.md lists exist under those names. */
final class MetricsTest {
  private static final Pattern NAMED = Pattern.compile("`(nnsight4j_\\w+)`");
  private static final Pattern EXPORTED = Pattern.compile("(?m)^(nnsight4j_\\w+)[{ ]");
  private static final long LONGEST_MILLIS = 20_000;

  @TempDir Path data;

  @Test
  void whatThePageNamesIsExported() throws Exception {
    String page = Files.readString(Path.of("../docs/deploy.md"));
    Set<String> named = names(NAMED, page + Files.readString(Path.of("../docs/operating.md")));
    // Only a shared run has these.
    named.removeIf(name -> name.startsWith("nnsight4j_shared"));
    assertThat(named.size()).isAtLeast(6);
    try (TestServer server = TestServer.start(data)) {
      server.ended(server.alice, server.submit(server.alice, "echo one"));
      // Long enough for the count of each second to see it.
      server.submit(server.alice, "sleep 20000");
      assertThat(server.get(server.alice, "/v1/jobs/none").statusCode()).isEqualTo(404);
      long end = System.currentTimeMillis() + LONGEST_MILLIS;
      while (!exported(server).containsAll(named) && System.currentTimeMillis() < end) {
        Thread.sleep(50);
      }
      assertThat(exported(server)).containsAtLeastElementsIn(named);
    }
    assertThat(page).contains("by outcome; `died`");
    assertThat(
            Arrays.stream(AttemptOutcome.class.getPermittedSubclasses())
                .map(outcome -> outcome.getSimpleName().toLowerCase(Locale.ROOT)))
        .contains("died");
  }

  /** Wherever a refusal is found, it is counted. */
  @Test
  void refusedDownloadsAreCounted() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String path = "/v1/jobs/" + server.submit(server.alice, "echo one") + "/result";
      server.ended(server.alice, path.split("/")[3]);
      assertThat(server.get(server.alice, path, "If-Match", "\"x\"").statusCode()).isEqualTo(412);
      assertThat(server.get(server.alice, path, "Range", "bytes=9999-").statusCode())
          .isEqualTo(416);
      assertThat(server.metric("nnsight4j_refused_total{code=\"changed\"}")).isEqualTo(1);
      assertThat(server.metric("nnsight4j_refused_total{code=\"no-such-range\"}")).isEqualTo(1);
    }
  }

  private static Set<String> exported(TestServer server) throws Exception {
    byte[] text = server.send(HttpRequest.newBuilder(server.adminUri("/metrics"))).body();
    return names(EXPORTED, new String(text, StandardCharsets.UTF_8));
  }

  private static Set<String> names(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(name -> name.group(1)).collect(Collectors.toSet());
  }
}
