package org.nnsight4j.server.http;

import static com.google.common.truth.Truth.assertThat;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nnsight4j.server.access.ClientAddress;

/** Probes need none of the threads that requests need. */
@Timeout(60)
final class ProbesTest {
  private static final int THREADS = 8;

  private final CountDownLatch entered = new CountDownLatch(THREADS);
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile List<String> problems = List.of();

  /** Waits. */
  @Path("/wait")
  public static final class Waiting {
    private final ProbesTest test;

    Waiting(ProbesTest test) {
      this.test = test;
    }

    @GET
    public String get() throws InterruptedException {
      test.entered.countDown();
      test.over.await();
      return "over";
    }
  }

  @Test
  void theyAnswerWhileAllThreadsWait() throws Exception {
    try (HttpServer server =
        new HttpServer(
            "test",
            "127.0.0.1",
            0,
            THREADS,
            null,
            new ClientAddress(List.of()),
            () -> problems,
            null,
            next -> next,
            HttpServer.resources(new Waiting(this)))) {
      HttpClient http = HttpClient.newHttpClient();
      for (int i = 0; i < 2 * THREADS; i++) {
        var unused = http.sendAsync(request(server, "/wait").build(), text());
      }
      entered.await();
      for (int i = 0; i < 20; i++) {
        assertThat(http.send(request(server, "/livez").build(), text()).body()).isEqualTo("ok\n");
        assertThat(http.send(request(server, "/readyz").build(), text()).statusCode())
            .isEqualTo(200);
      }
      problems = List.of("one thing", "another");
      HttpResponse<String> unready = http.send(request(server, "/readyz").build(), text());
      assertThat(unready.statusCode()).isEqualTo(503);
      assertThat(unready.body()).isEqualTo("one thing\nanother\n");
      HttpResponse<String> other =
          http.send(
              request(server, "/livez").POST(HttpRequest.BodyPublishers.noBody()).build(), text());
      assertThat(other.statusCode()).isEqualTo(405);
      assertThat(other.headers().firstValue("Allow")).hasValue("GET, HEAD");
      over.countDown();
    }
  }

  private static HttpRequest.Builder request(HttpServer server, String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:%s%s".formatted(server.port(), path)))
        .timeout(Duration.ofSeconds(10));
  }

  private static HttpResponse.BodyHandler<String> text() {
    return HttpResponse.BodyHandlers.ofString();
  }
}
