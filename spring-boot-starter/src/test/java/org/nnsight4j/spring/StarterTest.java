package org.nnsight4j.spring;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.FinishReason;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.langchain4j.ChatPrompt;
import org.nnsight4j.langchain4j.NnsightChatModel;
import org.nnsight4j.langchain4j.NnsightChatResponseMetadata;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What an application gets. */
final class StarterTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static final int WIDTH = ModelFiles.WIDTH;

  @TempDir static Path folder;
  private static Path checkpoint;
  private static Path probe;
  private static Path vector;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  NnsightAutoConfiguration.class,
                  NnsightChatAutoConfiguration.class,
                  NnsightHealthAutoConfiguration.class,
                  NnsightMetricsAutoConfiguration.class));

  @BeforeAll
  static void files() throws IOException {
    ModelFiles files = new ModelFiles(folder);
    checkpoint = files.checkpoint;
    probe = files.probe;
    vector = files.vector;
  }

  private ApplicationContextRunner with(String... properties) {
    return runner
        .withPropertyValues("nnsight4j.model=" + checkpoint)
        .withPropertyValues(properties);
  }

  @Test
  void aModelByPropertiesAnswersAsTheRunDoes() {
    AtomicReference<LanguageModel<?>> opened = new AtomicReference<>();
    with("nnsight4j.chat.max-output-tokens=2", "nnsight4j.chat.model-name=capitals")
        .run(
            context -> {
              assertThat(context.getStartupFailure()).isNull();
              LanguageModel<?> model = context.getBean(LanguageModel.class);
              opened.set(model);
              ChatResponse answer = context.getBean(ChatModel.class).chat(UserMessage.from(EIFFEL));
              assertThat(answer.aiMessage().text())
                  .isEqualTo(
                      model.generate(Options.maxNewTokens(2), EIFFEL, root -> {}).newText(0));
              assertThat(answer.modelName()).isEqualTo("capitals");
              assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
              assertThat(context.getBean(StreamingChatModel.class)).isNotNull();
              assertThat(context.getBean(EmbeddingModel.class).dimension()).isEqualTo(WIDTH);
            });
    Nnsight4jException closed =
        assertThrows(Nnsight4jException.class, () -> opened.get().trace("Paris", root -> {}));
    assertThat(closed.getMessage()).contains("closed");
  }

  @Test
  void editsSteeringAndProbesByProperties() {
    with(
            "nnsight4j.probes.waves.file=" + probe,
            "nnsight4j.probes.waves.layer=2",
            "nnsight4j.chat.max-output-tokens=1")
        .run(
            plain -> {
              double before = score(plain.getBean(ChatModel.class));
              with(
                      "nnsight4j.probes.waves.file=" + probe,
                      "nnsight4j.probes.waves.layer=2",
                      "nnsight4j.steering[0].file=" + vector,
                      "nnsight4j.steering[0].strength=4",
                      "nnsight4j.chat.max-output-tokens=1")
                  .run(
                      steered -> {
                        assertThat(score(steered.getBean(ChatModel.class)) - before)
                            .isWithin(1e-3)
                            .of(4 * squares());
                        assertThat(steered.getBean(LanguageModel.class).edits()).hasSize(1);
                      });
            });
  }

  private static double squares() {
    double squares = 0;
    for (float number : ControlVector.read(vector).directions().get(2).toFloatArray()) {
      squares += (double) number * number;
    }
    return squares;
  }

  private static double score(ChatModel model) {
    return NnsightChatResponseMetadata.of(model.chat(UserMessage.from(EIFFEL)))
        .probe("waves")
        .last();
  }

  @Configuration
  static class Own {
    @Bean
    ChatModel ownChatModel() {
      return new ChatModel() {};
    }

    @Bean
    LanguageModel<EmbeddedGpt2> ownModel() {
      return EmbeddedGpt2.open();
    }
  }

  @Test
  void beansOfTheApplicationReplaceOurs() {
    runner
        .withUserConfiguration(Own.class)
        .run(
            context -> {
              assertThat(context.getStartupFailure()).isNull();
              assertThat(context.getBeanNamesForType(LanguageModel.class))
                  .asList()
                  .containsExactly("ownModel");
              assertThat(context.getBeanNamesForType(ChatModel.class))
                  .asList()
                  .containsExactly("ownChatModel");
              assertThat(context.getBeansOfType(OpenedModel.class)).isEmpty();
              assertThat(context.getBean(EmbeddingModel.class).dimension()).isEqualTo(WIDTH);
            });
  }

  @Configuration
  static class Prompted {
    @Bean
    ChatPrompt prompt() {
      return messages -> String.valueOf(messages.get(0).fields().get("content"));
    }

    @Bean
    MeterRegistry registry() {
      return new SimpleMeterRegistry();
    }
  }

  @Test
  void metersTellWhatChatsTake() {
    runner
        .withUserConfiguration(Prompted.class)
        .withPropertyValues(
            "nnsight4j.model=embedded:gpt2",
            "nnsight4j.probes.waves.file=" + probe,
            "nnsight4j.probes.waves.site=transformer.h.2",
            "nnsight4j.chat.max-output-tokens=2")
        .run(
            context -> {
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              context.getBean(ChatMeters.class).bindTo(registry);
              ChatModel model = context.getBean(ChatModel.class);
              assertThat(model.chat(EIFFEL)).isEqualTo(" Paris.");
              double last = score(model);
              assertThat(
                      registry.get("nnsight4j.chat.tokens").tag("type", "input").counter().count())
                  .isEqualTo(16);
              assertThat(
                      registry.get("nnsight4j.chat.tokens").tag("type", "output").counter().count())
                  .isEqualTo(4);
              assertThat(registry.get("nnsight4j.chat").timer().count()).isEqualTo(2);
              assertThat(registry.get("nnsight4j.pass").timer().count()).isEqualTo(4);
              assertThat(
                      registry
                          .get("nnsight4j.probe.score")
                          .tag("probe", "waves")
                          .tag("of", "last")
                          .gauge()
                          .value())
                  .isEqualTo(last);
              assertThat(registry.get("nnsight4j.model.parameters").gauge().value())
                  .isEqualTo(979_840);
              assertThrows(RuntimeException.class, () -> model.chat("Paris ".repeat(200)));
              assertThat(registry.get("nnsight4j.chat.errors").counter().count()).isEqualTo(1);
            });
  }

  @Test
  void healthIsAPassAndIsRemembered() {
    with("nnsight4j.health.interval=1h")
        .run(
            context -> {
              HealthIndicator indicator = context.getBean(HealthIndicator.class);
              Health health = indicator.health();
              assertThat(health.getStatus()).isEqualTo(Status.UP);
              assertThat(health.getDetails()).containsEntry("architecture", "gpt2");
              assertThat(health.getDetails()).containsEntry("layers", 4);
              assertThat(indicator.health()).isSameInstanceAs(health);
              context.getBean(OpenedModel.class).close();
              assertThat(indicator.health()).isSameInstanceAs(health);
            });
    with("nnsight4j.health.interval=0s")
        .run(
            context -> {
              HealthIndicator indicator = context.getBean(HealthIndicator.class);
              assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
              context.getBean(OpenedModel.class).close();
              Health down = indicator.health();
              assertThat(down.getStatus()).isEqualTo(Status.DOWN);
              assertThat(String.valueOf(down.getDetails().get("error"))).contains("closed");
            });
    with("management.health.nnsight4j.enabled=false")
        .run(context -> assertThat(context.getBeansOfType(HealthIndicator.class)).isEmpty());
  }

  @Test
  void healthOfAServerIsItsReadiness() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    AtomicInteger status = new AtomicInteger(200);
    server.createContext(
        "/readyz",
        exchange -> {
          byte[] said = "the database accepts no writes\n".getBytes("UTF-8");
          exchange.sendResponseHeaders(status.get(), said.length);
          exchange.getResponseBody().write(said);
          exchange.close();
        });
    server.start();
    try {
      with(
              "nnsight4j.server.url=http://127.0.0.1:" + server.getAddress().getPort(),
              "nnsight4j.server.api-key=secret",
              "nnsight4j.server.model=gpt2",
              "nnsight4j.health.interval=0s")
          .run(
              context -> {
                HealthIndicator indicator = context.getBean(HealthIndicator.class);
                assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
                status.set(503);
                Health down = indicator.health();
                assertThat(down.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
                assertThat(down.getDetails())
                    .containsEntry("reason", "the database accepts no writes");
                assertThat(context.getBean(NnsightProperties.class).toString())
                    .doesNotContain("secret");
              });
    } finally {
      server.stop(0);
    }
  }

  @Test
  void withoutLangChain4jHealthAndMicrometerThereIsTheModelAlone() {
    with()
        .withClassLoader(
            new FilteredClassLoader(
                "dev.langchain4j", "io.micrometer", "org.springframework.boot.health"))
        .run(
            context -> {
              assertThat(context.getStartupFailure()).isNull();
              assertThat(context.getBean(LanguageModel.class)).isNotNull();
              assertThat(context.getBeansOfType(NnsightChatAutoConfiguration.class)).isEmpty();
              assertThat(context.getBeansOfType(NnsightHealthAutoConfiguration.class)).isEmpty();
              assertThat(context.getBeansOfType(NnsightMetricsAutoConfiguration.class)).isEmpty();
            });
    runner
        .withPropertyValues("nnsight4j.enabled=false")
        .run(
            context -> {
              assertThat(context.getStartupFailure()).isNull();
              assertThat(context.getBeansOfType(LanguageModel.class)).isEmpty();
              assertThat(context.getBeansOfType(NnsightChatModel.class)).isEmpty();
            });
  }
}
