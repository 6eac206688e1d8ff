package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/**
 * A tiny model with what Hugging Face transformers computes with it ({@code
 * tools/reference/family_fixtures.py}).
 */
public final class ReferenceModel {
  private static final Path ROOT =
      Path.of(System.getProperty("nnsight4j.fixtures", "src/test/resources/fixtures"));

  /** Scores of keys that may not be seen are lower. */
  private static final double HIDDEN = -1e30;

  private static final Map<Path, LanguageModel<AnyModel>> SHARED = new ConcurrentHashMap<>();

  private final Path folder;
  private final JsonNode json;
  private final Map<String, Tensor> expected;

  private ReferenceModel(Path folder) {
    this.folder = folder;
    try {
      this.json = new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.expected = Safetensors.read(folder.resolve("expected.safetensors"));
  }

  /** All models of a family. */
  public static List<ReferenceModel> of(String family) {
    try (Stream<Path> folders = Files.list(ROOT.resolve(family))) {
      return folders.sorted().map(ReferenceModel::new).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String name() {
    return folder.getFileName().toString();
  }

  public Path folder() {
    return folder;
  }

  /** A copy of a model that stays open for the whole JVM, for tests with many cases. */
  public LanguageModel<AnyModel> shared() {
    return SHARED.computeIfAbsent(folder, any -> open()).with();
  }

  public LanguageModel<AnyModel> open() {
    return LanguageModel.open(folder);
  }

  /** What its config.json says. */
  JsonNode config() {
    try {
      return new ObjectMapper().readTree(folder.resolve("config.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version of transformers whose numbers these are. */
  String version() {
    return json.get("transformers").asText();
  }

  public Stream<Case> cases(String kind) {
    return StreamSupport.stream(json.get("cases").spliterator(), false)
        .filter(node -> node.get("kind").asText().equals(kind))
        .map(Case::new);
  }

  /** One case. */
  public final class Case {
    private final JsonNode node;

    private Case(JsonNode node) {
      this.node = node;
    }

    public String name() {
      return node.get("name").asText();
    }

    public JsonNode node() {
      return node;
    }

    public long[][] inputs() {
      return rows("inputs");
    }

    /** A field that holds rows of ids. */
    public long[][] rows(String field) {
      return StreamSupport.stream(node.get(field).spliterator(), false)
          .map(
              row ->
                  StreamSupport.stream(row.spliterator(), false)
                      .mapToLong(JsonNode::asLong)
                      .toArray())
          .toArray(long[][]::new);
    }

    /** Says which text of a pair each token is of, if the case does. */
    void setTokenTypes(AnyModel model) {
      if (node.has("token_type_ids")) {
        long[] types =
            StreamSupport.stream(node.get("token_type_ids").spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        model.module(node.get("site").asText()).output().set(Tensor.of(types, 1, types.length));
      }
    }

    public Map<String, Tensor> tensors() {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      node.get("tensors")
          .properties()
          .forEach(entry -> tensors.put(entry.getKey(), expected.get(entry.getValue().asText())));
      return tensors;
    }

    /** Compares with a bound relative to the largest expected number. */
    public void assertClose(String what, Tensor found, double tolerance) {
      Tensor wanted = tensors().get(what);
      assertWithMessage("%s/%s %s: shape", ReferenceModel.this.name(), name(), what)
          .that(found.shape())
          .isEqualTo(wanted.shape());
      double scale = scale(wanted);
      for (int i = 0; i < wanted.size(); i++) {
        if (!(distance(found.at(i), wanted.at(i)) <= tolerance * scale)) {
          assertWithMessage("%s/%s %s, element %s", ReferenceModel.this.name(), name(), what, i)
              .that(found.at(i))
              .isWithin(tolerance * scale)
              .of(wanted.at(i));
        }
      }
    }

    /** The largest difference, in parts of the largest expected number. */
    double error(String what, Tensor found) {
      Tensor wanted = tensors().get(what);
      double most = 0;
      for (int i = 0; i < wanted.size(); i++) {
        most = Math.max(most, distance(found.at(i), wanted.at(i)));
      }
      return most / scale(wanted);
    }

    private static double scale(Tensor wanted) {
      double scale = 1;
      for (int i = 0; i < wanted.size(); i++) {
        scale = Math.max(scale, wanted.at(i) < HIDDEN ? 0 : Math.abs(wanted.at(i)));
      }
      return scale;
    }

    /** How low a score of a key is that may not be seen does not matter. */
    private static double distance(double found, double wanted) {
      return found < HIDDEN && wanted < HIDDEN ? 0 : Math.abs(found - wanted);
    }
  }
}
