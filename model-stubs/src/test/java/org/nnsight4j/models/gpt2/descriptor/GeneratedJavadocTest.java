package org.nnsight4j.models.gpt2.descriptor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** What an editor shows next to a generated method: its path, its class and its shape. */
class GeneratedJavadocTest {
  private static final Path GENERATED =
      Path.of("target/generated-sources/annotations/org/nnsight4j/models/gpt2");
  private static final Pattern METHOD =
      Pattern.compile("(?:/\\*\\*([^/]*)\\*/\\s*)?@Override\\s+public [\\w.<>, ]+ (\\w+)\\(");
  private static final Pattern DOCUMENTED =
      Pattern.compile(
          "(?:One of )?\\{@code ([\\w.*]+)}(?:, \\{@code ([\\w ]+)})?"
              + "(: a tuple of|:) \\{@code (\\[.*?])}.*");

  private record Said(String type, boolean isTuple, String shape) {}

  /** By path; each public method but {@code bind} says it. */
  private static Map<String, Said> documented(String model) throws IOException {
    String source = Files.readString(GENERATED.resolve(model + ".java"));
    Map<String, Said> documented = new TreeMap<>();
    Matcher method = METHOD.matcher(source);
    while (method.find()) {
      if (method.group(2).equals("bind")) {
        continue;
      }
      String text =
          method.group(1) == null ? "" : method.group(1).replaceAll("(?m)^\\s*\\* ?", "").strip();
      Matcher words = DOCUMENTED.matcher(text);
      assertWithMessage("%s.%s: %s", model, method.group(2), text).that(words.matches()).isTrue();
      documented.put(
          words.group(1),
          new Said(
              words.group(2) == null ? "" : words.group(2),
              words.group(3).contains("tuple"),
              words.group(4)));
    }
    return documented;
  }

  /** Symbols where only the checkpoint knows: every path of the family, with the family's axes. */
  @Test
  void withoutSnapshotShapesAreSymbolic() throws IOException {
    Map<String, Said> expected = new TreeMap<>();
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Snapshots.of(gpt2.blueprint())
          .modules()
          .forEach(
              (path, layer) -> {
                if (!path.isEmpty()) {
                  expected.put(path, said(type(path, layer), layer, " \\d+(?=[,\\]])"));
                }
              });
    }
    assertThat(documented("Gpt2Model")).containsExactlyEntriesIn(expected);
    assertThat(expected).containsKey("transformer.h.*.attn.scores");
  }

  @ParameterizedTest
  @CsvSource({
    "Gpt2SmallModel, gpt2",
    "Gpt2MediumModel, gpt2-medium",
    "Gpt2LargeModel, gpt2-large",
    "Gpt2XlModel, gpt2-xl",
    "DistilGpt2Model, distilgpt2",
  })
  void withSnapshotTheyAreNumbersAndClassesAreNamed(String model, String name) throws Exception {
    LayerSnapshot snapshot;
    try (var file = Gpt2.class.getResourceAsStream(name + ".layers.json")) {
      snapshot = LayerSnapshot.parse(Path.of(name), file.readAllBytes());
    }
    Map<String, Said> expected = new TreeMap<>();
    snapshot
        .modules()
        .forEach(
            (path, layer) -> {
              if (!path.isEmpty()) {
                expected.put(path, said(layer.type(), layer, "$^"));
              }
            });
    assertThat(documented(model)).containsExactlyEntriesIn(expected);
  }

  /** Values have none, and the activation function is config.json's. */
  private static String type(String path, LayerSnapshot.Layer layer) {
    boolean isOpen = layer.type().matches("inner value|keyword input") || path.endsWith(".act");
    return isOpen ? "" : layer.type();
  }

  private static Said said(String type, LayerSnapshot.Layer layer, String without) {
    String shape = layer.tuple() == null ? layer.shape() : layer.tuple().get(0);
    return new Said(type, layer.tuple() != null, shape.replaceAll(without, ""));
  }
}
