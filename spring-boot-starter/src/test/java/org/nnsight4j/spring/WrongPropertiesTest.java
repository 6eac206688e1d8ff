package org.nnsight4j.spring;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** An application that is told something wrong ends, and says which property it was. */
final class WrongPropertiesTest {
  @TempDir static Path folder;
  private static Path checkpoint;
  private static Path probe;

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
