package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Tensor;

/** One folder of interventions and what they give ({@code tools/reference/README.md}). */
final class Topic {
  static final LanguageModel<Paths> MODEL =
      LanguageModel.open(new Paths(), EmbeddedGpt2.directory());
  private static final double TOLERANCE = 1e-4;
  private static final int LOGITS_EVERY = 8;

  private final Path folder;
  private final JsonNode cases;
  private final Map<String, Tensor> expected;

  Topic(String name) {
    folder = Path.of("src/test/resources/fixtures/interventions", name);
    expected = Safetensors.read(folder.resolve("expected.safetensors"));
    try {
      cases = new ObjectMapper().readTree(folder.resolve("cases.json").toFile()).get("cases");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder() {
    return folder;
  }

  /** All cases of some kinds. */
  Stream<Case> cases(String... kinds) {
    List<String> wanted = List.of(kinds);
    return elements(cases)
        .filter(node -> wanted.contains(node.get("kind").asText()))
        .map(Case::new);
  }

  /** The kinds of all cases, so that a test can see that it runs them all. */
  List<String> kinds() {
    return elements(cases).map(node -> node.get("kind").asText()).distinct().sorted().toList();
  }

  static Stream<JsonNode> elements(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  static int[] ints(JsonNode list) {
    return elements(list).mapToInt(JsonNode::asInt).toArray();
  }

  static long[][] rows(JsonNode rows) {
    return elements(rows)
        .map(row -> elements(row).mapToLong(JsonNode::asLong).toArray())
        .toArray(long[][]::new);
  }

  /** The options of a run that generates. */
  static GenerateOptions options(JsonNode json) {
    GenerateOptions options =
        GenerateOptions.defaults()
            .doSample(false)
            .maxNewTokens(json.get("max_new_tokens").asInt())
            .eosTokenId(json.get("eos_token_id").asLong())
            .padTokenId(json.get("pad_token_id").asLong());
    JsonNode least = json.get("min_new_tokens");
    return least == null ? options : options.minNewTokens(least.asInt());
  }

  /** One case. */
  final class Case {
    private final JsonNode node;

    Case(JsonNode node) {
      this.node = node;
    }

    JsonNode json() {
      return node;
    }

    JsonNode get(String field) {
      return node.get(field);
    }

    boolean has(String field) {
      return node.has(field);
    }

    String text(String field) {
      return node.get(field).asText();
    }

    long[][] inputs() {
      return rows(node.get("inputs"));
    }

    boolean hasTensor(String what) {
      return node.get("tensors").has(what);
    }

    Tensor tensor(String what) {
      JsonNode name = node.get("tensors").get(what);
      assertWithMessage("%s of %s", what, this).that(name).isNotNull();
      return expected.get(name.asText());
    }

    /** Compares; an axis of one row before all others does not count. */
    void check(String what, Tensor found) {
      checkValues(what, withoutRows(found), tensor(what));
    }

    /** Compares all axes. */
    void checkWhole(String what, Tensor found) {
      checkValues(what, found, tensor(what));
    }

    /** Compares the values of several steps. */
    void check(String what, List<Tensor> steps) {
      Tensor wanted = tensor(what);
      assertWithMessage("%s %s: steps", this, what)
          .that((long) steps.size())
          .isEqualTo(wanted.shape(0));
      double[] all = steps.stream().flatMapToDouble(t -> Arrays.stream(doubles(t))).toArray();
      checkValues(what, Tensor.of(all, wanted.shape()), wanted);
    }

    /** Compares the logits of one position, and the likeliest token if it is known. */
    void checkLogits(String prefix, Tensor logits, JsonNode holder) {
      checkValues(
          prefix + "logits_every_8", everyEighth(logits), tensor(prefix + "logits_every_8"));
      if (holder.has("top_id")) {
        assertWithMessage("%s %s: likeliest token", this, prefix)
            .that(top(logits))
            .isEqualTo(holder.get("top_id").asInt());
      }
    }

    private void checkValues(String what, Tensor found, Tensor wanted) {
      assertWithMessage("%s %s: shape", this, what).that(found.shape()).isEqualTo(wanted.shape());
      double scale = Math.max(1, Arrays.stream(doubles(wanted)).map(Math::abs).max().orElse(0));
      for (int i = 0; i < wanted.size(); i++) {
        if (!(Math.abs(found.at(i) - wanted.at(i)) <= TOLERANCE * scale)) {
          assertWithMessage("%s %s, element %s of %s", this, what, i, wanted)
              .that(found.at(i))
              .isWithin(TOLERANCE * scale)
              .of(wanted.at(i));
        }
      }
    }

    @Override
    public String toString() {
      return node.get("name").asText();
    }
  }

  static Tensor withoutRows(Tensor tensor) {
    if (tensor.rank() == 0) {
      return tensor;
    }
    assertThat(tensor.shape(0)).isEqualTo(1);
    return Tensor.of(doubles(tensor), Arrays.copyOfRange(tensor.shape(), 1, tensor.rank()));
  }

  static Tensor everyEighth(Tensor logits) {
    double[] all = doubles(logits);
    double[] some = new double[(all.length + LOGITS_EVERY - 1) / LOGITS_EVERY];
    Arrays.setAll(some, i -> all[i * LOGITS_EVERY]);
    return Tensor.of(some, some.length);
  }

  static int top(Tensor logits) {
    int best = 0;
    for (int i = 1; i < logits.size(); i++) {
      best = logits.at(i) > logits.at(best) ? i : best;
    }
    return best;
  }

  static double[] doubles(Tensor tensor) {
    double[] values = new double[tensor.size()];
    Arrays.setAll(values, tensor::at);
    return values;
  }
}
