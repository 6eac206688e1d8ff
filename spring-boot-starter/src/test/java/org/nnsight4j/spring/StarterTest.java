package org.nnsight4j.spring;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.FinishReason;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.langchain4j.ChatPrompt;
import org.nnsight4j.langchain4j.NnsightChatModel;
import org.nnsight4j.langchain4j.NnsightChatResponseMetadata;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Tensor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What an application gets, and what it is told when a property is wrong. */
final class StarterTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static final int WIDTH = 128;

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

  /** The embedded model with a template for chats, a probe and a control vector. */
  @BeforeAll
  static void files() throws Exception {
    checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    try (Stream<Path> files = Files.list(EmbeddedGpt2.directory())) {
      for (Path file : files.toList()) {
        Files.copy(file, checkpoint.resolve(file.getFileName().toString()));
      }
    }
    ObjectMapper mapper = new ObjectMapper();
    Path config = checkpoint.resolve("tokenizer_config.json");
    ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
    json.put("chat_template", "{% for m in messages %}{{ m['content'] }}{% endfor %}");
    mapper.writeValue(config.toFile(), json);
    float[] numbers = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      numbers[i] = (float) Math.sin(1 + i * 0.7) / 8;
    }
    probe = folder.resolve("waves.safetensors");
    Safetensors.write(
        probe,
        Map.of("weight", Tensor.of(numbers, 1, WIDTH), "bias", Tensor.of(new float[] {0.5f}, 1)),
        Map.of());
    vector = folder.resolve("waves.gguf");
    ControlVector.of("gpt2", Map.of(2, Tensor.of(numbers, WIDTH))).write(vector);
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

  @Test
  void whatIsWrongIsSaidWithItsProperty() {
    Path nowhere = folder.resolve("nowhere");
    Map<String[], String[]> wrong =
        Map.of(
            new String[] {},
                new String[] {
                  "nnsight4j.model: expected a model, found none", "Set nnsight4j.model"
                },
            new String[] {"nnsight4j.model=" + nowhere},
                new String[] {"nnsight4j.model: ", "Correct nnsight4j.model"},
            new String[] {"nnsight4j.model=embedded:bert"},
                new String[] {
                  "expected embedded:gpt2 or embedded:llama, found embedded:bert", "Choose one"
                },
            new String[] {"nnsight4j.model=" + checkpoint, "nnsight4j.revision=v2"},
                new String[] {
                  "nnsight4j.revision: expected a revision of a model of the hub alone",
                  "Leave nnsight4j.revision out"
                },
            new String[] {"nnsight4j.model=" + checkpoint, "nnsight4j.dtype=float16"},
                new String[] {"FLOAT32, BFLOAT16 or FLOAT64", "Correct nnsight4j.model"},
            new String[] {"nnsight4j.model=" + checkpoint, "nnsight4j.cpu-threads=0"},
                new String[] {
                  "nnsight4j.cpu-threads: expected a thread or more, found 0", "Give 1"
                },
            new String[] {
                  "nnsight4j.model=" + checkpoint, "nnsight4j.server.url=http://127.0.0.1:1"
                },
                new String[] {
                  "nnsight4j.server.api-key: expected a key and a name",
                  "Set nnsight4j.server.api-key"
                },
            new String[] {"nnsight4j.model=" + checkpoint, "nnsight4j.probes.waves.layer=2"},
                new String[] {
                  "expected a file, and either a layer or a site", "Give each probe both"
                },
            new String[] {
                  "nnsight4j.model=" + checkpoint,
                  "nnsight4j.probes.waves.layer=9",
                  "nnsight4j.probes.waves.file=" + probe
                },
                new String[] {"nnsight4j.probes: ", "Correct nnsight4j.probes"},
            new String[] {"nnsight4j.model=" + checkpoint, "nnsight4j.steering[0].file=" + nowhere},
                new String[] {"nnsight4j.steering: ", "Correct nnsight4j.steering"});
    wrong.forEach(
        (properties, said) ->
            runner
                .withPropertyValues(properties)
                .run(
                    context -> {
                      FailureAnalysis analysis = analysis(context.getStartupFailure());
                      assertThat(analysis.getDescription()).contains(said[0]);
                      assertThat(analysis.getAction()).contains(said[1]);
                    }));
  }

  /** As an application would print it. */
  private static FailureAnalysis analysis(Throwable failure) {
    assertThat(failure).isNotNull();
    return SpringFactoriesLoader.forDefaultResourceLocation()
        .load(FailureAnalyzer.class, (type, name, failed) -> {})
        .stream()
        .filter(ModelFailureAnalyzer.class::isInstance)
        .map(analyzer -> analyzer.analyze(failure))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void lazilyAWrongWeightIsFoundAtTheFirstRun() throws Exception {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        Files.copy(file, broken.resolve(file.getFileName().toString()));
      }
    }
    Files.writeString(broken.resolve("model.safetensors"), "nothing");
    runner
        .withPropertyValues("nnsight4j.model=" + broken, "nnsight4j.load=at-first-run")
        .run(
            context -> {
              assertThat(context.getStartupFailure()).isNull();
              LanguageModel<AnyModel> model = context.getBean(LanguageModel.class);
              assertThat(model.blueprint().architecture()).isEqualTo("gpt2");
            });
    runner
        .withPropertyValues("nnsight4j.model=" + broken)
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getDescription())
                    .contains("nnsight4j.model: "));
  }
}
