package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Key;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A row beside longer ones computes what it computes alone, also where its attention is written so
 * that only its padding is left to see.
 */
final class MaskedRowsTest {
  private static final long[] SHORT = {23, 99, 4};
  private static final long[] LONG = {5, 17, 23, 99, 4, 301};

  /** What is recorded on a row's model, which has some padding in front of its tokens. */
  private interface Edit {
    void record(Gpt2 model, int padding);
  }

  /** Ways to leave nothing to see, or to write where a row alone has nothing. */
  private static final Map<String, Edit> EDITS = new LinkedHashMap<>();

  static {
    EDITS.put("nothing", (model, padding) -> {});
    EDITS.put("first token masked", (model, padding) -> mask(model).get("0, " + padding).set(0));
    EDITS.put("all masked", (model, padding) -> mask(model).set(0));
    EDITS.put("all unmasked", (model, padding) -> mask(model).set(1));
    EDITS.put(
        "scores of -inf for the last query",
        (model, padding) -> scores(model).get(":, :, -1").set(Double.NEGATIVE_INFINITY));
    EDITS.put(
        "all scores of -inf", (model, padding) -> scores(model).set(Double.NEGATIVE_INFINITY));
    EDITS.put(
        "scores as low as can be",
        (model, padding) -> scores(model).get(":, 1, -1").set(-3.4028234663852886e38));
    EDITS.put("scores of 0", (model, padding) -> scores(model).set(0));
    EDITS.put("scores that grow", (model, padding) -> grow(scores(model)));
    EDITS.put("scores of a head", (model, padding) -> scores(model).get(":, 0").set(1e30));
    EDITS.put("pattern of 1", (model, padding) -> pattern(model).set(1));
    EDITS.put("pattern that grows", (model, padding) -> grow(pattern(model)));
    EDITS.put(
        "first token masked, and shown in steps",
        (model, padding) -> {
          mask(model).get("0, " + padding).set(0);
          grow(pattern(model));
        });
    EDITS.put(
        "hidden states that are none where there is padding",
        (model, padding) -> {
          if (padding > 0) {
            model.transformer().h(1).output(0).get("0, :" + padding).set(Double.NaN);
          }
        });
    EDITS.put(
        "keys and values that are none where there is padding",
        (model, padding) -> {
          if (padding > 0) {
            Gpt2.Attention attn = model.transformer().h(2).attn();
            attn.k().output().get("0, :, :" + padding).set(Double.POSITIVE_INFINITY);
            attn.v().output().get("0, :, :" + padding).set(Double.NaN);
          }
        });
  }

  private static Value<Key> mask(Gpt2 model) {
    return model.transformer().attentionMask().output();
  }

  private static Value<Key> scores(Gpt2 model) {
    return model.transformer().h(1).attn().scores().output();
  }

  private static Value<Key> pattern(Gpt2 model) {
    return model.transformer().h(1).attn().pattern().output();
  }

  private static void grow(Value<Key> site) {
    site.set(site.mul(1.5).add(0.25));
  }

  static Set<String> edits() {
    return EDITS.keySet();
  }

  private static Tensor alone(String name) {
    return Probe.<Saved<?>>trace(
            new long[][] {SHORT},
            model -> {
              EDITS.get(name).record(model, 0);
              return model.output().save();
            })
        .value();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("edits")
  void besideALongerRow(String name) {
    Saved<?> found;
    try (Generator<Gpt2> generator = GPT2.trace()) {
      generator.invoke(LONG).close();
      try (Invoker<Gpt2> invoker = generator.invoke(SHORT)) {
        EDITS.get(name).record(invoker.model(), 0);
        found = invoker.model().output().save();
      }
    }
    same(name, found.value(), alone(name));
  }

  /** Both rows are one invoker's, whose writes reach the padding. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("edits")
  void beneathALongerRow(String name) {
    for (boolean gradients : List.of(false, true)) {
      Saved<?> found;
      try (Generator<Gpt2> generator = GPT2.trace();
          Invoker<Gpt2> invoker = generator.invoke(new long[][] {SHORT, LONG})) {
        Value<?> embedded = invoker.model().transformer().wte().output();
        EDITS.get(name).record(invoker.model(), LONG.length - SHORT.length);
        Value<?> logits = invoker.model().output();
        if (gradients) {
          var unused = embedded.gradient(logits.get("0, -1").sum()).save();
        }
        found = logits.get("0, -3:").expandDims(0).save();
      }
      same(name, found.value(), alone(name));
    }
  }

  @Test
  void gradientsStayInTheRow() {
    for (String name : List.of("first token masked", "scores of 0", "pattern of 1")) {
      Saved<?> alone =
          Probe.trace(
              new long[][] {SHORT},
              model -> {
                Value<?> embedded = model.transformer().wte().output();
                EDITS.get(name).record(model, 0);
                return embedded.gradient(model.output().get("0, -1").sum()).save();
              });
      Saved<?> padded =
          Probe.trace(
              new long[][] {SHORT, LONG},
              model -> {
                Value<?> embedded = model.transformer().wte().output();
                EDITS.get(name).record(model, 3);
                return embedded.gradient(model.output().get("0, -1").sum()).get("0").save();
              });
      float[] found = padded.value().toFloatArray();
      float[] own = Arrays.copyOfRange(found, 3 * 128, 6 * 128);
      assertClose(name, Tensor.of(own, 1, 3, 128), alone.value(), 1e-4);
      for (int i = 0; i < 3 * 128; i++) {
        assertWithMessage("%s: gradient of padding", name).that(found[i]).isEqualTo(0f);
      }
    }
  }

  @Test
  void generation() {
    for (GenerateOptions options :
        List.of(
            maxNewTokens(4),
            maxNewTokens(4).useCache(false),
            maxNewTokens(4).numBeams(2).numReturnSequences(2))) {
      for (String name : List.of("first token masked", "scores of 0", "pattern that grows")) {
        Consumer<Invoker<Gpt2>> edit = i -> EDITS.get(name).record(i.model(), 0);
        assertWithMessage("%s with %s", name, options)
            .that(generated(options, edit, SHORT, LONG))
            .isEqualTo(generated(options, edit, SHORT));
      }
    }
  }

  /** A skipped layer has no keys; what is written there is not used either. */
  @Test
  void skippedLayer() {
    for (String name : List.of("scores of 0", "pattern of 1", "all masked")) {
      Consumer<Invoker<Gpt2>> edit =
          i -> {
            Gpt2.Block block = i.model().transformer().h(1);
            block.skip(block.input());
            i.steps(1, 3).forEach(model -> EDITS.get(name).record(model, 0));
          };
      assertWithMessage(name)
          .that(generated(maxNewTokens(3), edit, SHORT, LONG))
          .isEqualTo(generated(maxNewTokens(3), edit, SHORT));
    }
  }

  private static List<Long> ids(Generator<Gpt2> generator, int row) {
    return Arrays.stream(generator.output().newIds()[row]).boxed().toList();
  }

  private static List<List<Long>> generated(
      GenerateOptions options, Consumer<Invoker<Gpt2>> edit, long[]... rows) {
    Generator<Gpt2> generator = GPT2.generate(options);
    try (generator) {
      Invoker<Gpt2> invoker = generator.invoke(rows[0]);
      edit.accept(invoker);
      invoker.close();
      for (int row = 1; row < rows.length; row++) {
        generator.invoke(rows[row]).close();
      }
    }
    int each = generator.output().newIds().length / rows.length;
    return IntStream.range(0, each).mapToObj(row -> ids(generator, row)).toList();
  }

  /** NaN where the row alone gives it, and close elsewhere. */
  private static void same(String name, Tensor found, Tensor expected) {
    assertWithMessage("%s: shape", name).that(found.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      if (Double.isNaN(expected.at(i))) {
        assertWithMessage("%s: element %s", name, i).that(found.at(i)).isNaN();
      } else {
        assertWithMessage("%s: element %s", name, i)
            .that(found.at(i))
            .isWithin(2e-4 * Math.max(1, Math.abs(expected.at(i))))
            .of(expected.at(i));
      }
    }
  }

  @Test
  void asInHuggingFace() throws IOException {
    JsonNode fixture;
    try (InputStream in = MaskedRowsTest.class.getResourceAsStream("/fixtures/masked.json")) {
      fixture = new ObjectMapper().readTree(in);
    }
    int every = fixture.get("every").intValue();
    for (JsonNode each : fixture.get("cases")) {
      long[] ids = longs(each.get("ids"));
      long[] mask = longs(each.get("mask"));
      for (boolean padded : List.of(false, true)) {
        for (boolean steps : List.of(false, true)) {
          Saved<?> found;
          try (Generator<Gpt2> generator = GPT2.trace()) {
            if (padded) {
              generator.invoke(new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9}).close();
            }
            try (Invoker<Gpt2> invoker = generator.invoke(ids)) {
              Tensor written = Tensor.of(mask, 1, mask.length);
              invoker.model().transformer().attentionMask().output().set(written);
              if (steps) {
                var unused = pattern(invoker.model()).save();
              }
              found = invoker.model().output().save();
            }
          }
          String what =
              "mask %s, padded %s, in steps %s".formatted(each.get("mask"), padded, steps);
          for (int position = 0; position < ids.length; position++) {
            JsonNode line = each.get("logits").get(position);
            for (int i = 0; i < line.size(); i++) {
              assertWithMessage("%s: position %s, token %s", what, position, i * every)
                  .that(found.value().get(0, position, (long) i * every))
                  .isWithin(2e-3)
                  .of(line.get(i).doubleValue());
            }
          }
        }
      }
    }
  }

  private static long[] longs(JsonNode array) {
    long[] numbers = new long[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).longValue();
    }
    return numbers;
  }
}
