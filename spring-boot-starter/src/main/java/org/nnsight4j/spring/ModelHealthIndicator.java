package org.nnsight4j.spring;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the model works: here a pass over one token does, at a server its {@code /readyz} says
 * so. An answer counts for a while, so that frequent questions cost nothing; one question at a time
 * finds it out.
 */
public final class ModelHealthIndicator implements HealthIndicator {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Check check;
  private final long interval;
  private @Nullable Health last;
  private long lastTime;

  /**
   * @param server null if the model computes here
   * @param interval for how long an answer counts
   */
  ModelHealthIndicator(LanguageModel<?> model, @Nullable URI server, Duration interval) {
    this.check = new Check(model, server);
    this.interval = interval.toNanos();
  }

  @Override
  public synchronized Health health() {
    long now = System.nanoTime();
    Health known = last;
    if (known == null || now - lastTime >= interval) {
      known = check.health();
      last = known;
      lastTime = now;
    }
    return known;
  }

  /** What the answer is now. */
  private static final class Check extends AbstractHealthIndicator {
    private final LanguageModel<?> model;
    private final @Nullable URI server;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    Check(LanguageModel<?> model, @Nullable URI server) {
      super("the language model does not work");
      this.model = model;
      this.server = server;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) throws IOException, InterruptedException {
      builder
          .withDetail("architecture", model.blueprint().architecture())
          .withDetail("layers", model.blueprint().counts().values().stream().findFirst().orElse(0))
          .withDetail("edits", model.edits().size());
      if (server == null) {
        long start = System.nanoTime();
        int passes = OpenedModel.pass(model);
        builder
            .withDetail("device", model.options().device())
            .withDetail("dtype", model.options().dtype().name())
            .withDetail("passMillis", (System.nanoTime() - start) / 1_000_000 / passes)
            .up();
        return;
      }
      HttpResponse<String> ready =
          http.send(
              HttpRequest.newBuilder(server.resolve("/readyz")).timeout(PATIENCE).build(),
              BodyHandlers.ofString());
      builder.withDetail("server", server.toString());
      if (ready.statusCode() == 200) {
        builder.up();
      } else {
        builder.outOfService().withDetail("reason", ready.body().strip());
      }
    }
  }
}
