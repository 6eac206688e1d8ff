package org.nnsight4j.models.gpt2;

import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/**
 * One folder of fixtures, made by Hugging Face transformers ({@code tools/reference/fixtures.py}):
 * a model directory, cases, and the numbers that they must give.
 */
public final class Fixtures {
  /** Another folder of fixtures, for example of configurations that were drawn just now. */
  private static final Path ROOT =
      Path.of(System.getProperty("nnsight4j.fixtures", "src/test/resources/fixtures"));

  private static final Map<String, LanguageModel<Gpt2>> SHARED = new ConcurrentHashMap<>();

  private final String name;
  private final JsonNode json;
  private final Map<String, Tensor> expected;

  private Fixtures(String name, JsonNode json, Map<String, Tensor> expected) {
    this.name = name;
    this.json = json;
    this.expected = expected;
  }

  public static Fixtures of(String name) {
    try {
      Path folder = ROOT.resolve(name);
      JsonNode json = new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
      String numbers = json.path("same_as").asText(name);
      Path cases = ROOT.resolve(numbers);
      JsonNode source =
          numbers.equals(name)
              ? json
              : new ObjectMapper().readTree(cases.resolve("cases.json").toFile());
      return new Fixtures(name, source, Safetensors.read(cases.resolve("expected.safetensors")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All folders with cases, the embedded model's among them. */
  public static List<String> allModels() {
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("cases.json")))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Path folder(String name) {
    return ROOT.resolve(name);
  }

  /** A copy of a model that stays open for the whole JVM, for tests with many cases. */
  public LanguageModel<Gpt2> shared() {
    return SHARED.computeIfAbsent(name, any -> open()).with();
  }

  public LanguageModel<Gpt2> open() {
    return LanguageModel.open(
        new Gpt2Model(), name.equals("embedded") ? EmbeddedGpt2.directory() : ROOT.resolve(name));
  }

  public Stream<Case> cases(String kind) {
    return StreamSupport.stream(json.get("cases").spliterator(), false)
        .filter(node -> node.get("kind").asText().equals(kind))
        .map(Case::new);
  }

  /** One case. */
  public final class Case {
    public final JsonNode node;

    Case(JsonNode node) {
      this.node = node;
    }

    public String name() {
      return node.get("name").asText();
    }

    public long[][] inputs() {
      return rows(node.get("inputs"));
    }

    public long[][] generated() {
      return rows(node.get("generated"));
    }

    public boolean has(String what) {
      return node.get("tensors").has(what);
    }

    public Tensor expected(String what) {
      return expected.get(node.get("tensors").get(what).asText());
    }

    private long[][] rows(JsonNode rows) {
      return StreamSupport.stream(rows.spliterator(), false)
          .map(
              row ->
                  StreamSupport.stream(row.spliterator(), false)
                      .mapToLong(JsonNode::asLong)
                      .toArray())
          .toArray(long[][]::new);
    }

    /** Compares with a bound relative to the largest expected number, two-sided. */
    public void assertClose(String what, Tensor found, double tolerance) {
      Tensor wanted = expected(what);
      assertWithMessage("%s %s: shape", Case.this.name(), what)
          .that(found.shape())
          .isEqualTo(wanted.shape());
      double scale = 1;
      for (int i = 0; i < wanted.size(); i++) {
        scale = Math.max(scale, Math.abs(wanted.at(i)));
      }
      for (int i = 0; i < wanted.size(); i++) {
        if (!(Math.abs(found.at(i) - wanted.at(i)) <= tolerance * scale)) {
          assertWithMessage("%s/%s %s, element %s", name, name(), what, i)
              .that(found.at(i))
              .isWithin(tolerance * scale)
              .of(wanted.at(i));
        }
      }
    }
  }
}
