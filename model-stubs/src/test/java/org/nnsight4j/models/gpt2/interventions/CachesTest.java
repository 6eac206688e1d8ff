package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Everything that a cache holds, at each step. */
final class CachesTest {
  private static final Topic TOPIC = new Topic("caches");
  private static final double TOLERANCE = 1e-4;

  /**
   * Differ on purpose: nnsight zeroes the MLP's output in the memory that these modules before it
   * have given, so its cache loses what they computed; values of ours never change.
   */
  private static final Set<String> IN_PLACE =
      Set.of(
          "after-an-edit transformer.h.1.mlp.c_proj", "after-an-edit transformer.h.1.mlp.dropout");

  static Stream<Topic.Case> caches() {
    return TOPIC.cases("cache");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds()).containsExactly("cache");
  }

  @ParameterizedTest
  @MethodSource("caches")
  void cache(Topic.Case each) {
    boolean generates = each.has("options");
    Cache<Paths> cache;
    Generator<Paths> generator =
        generates ? Topic.MODEL.generate(Topic.options(each.get("options"))) : Topic.MODEL.trace();
    try (generator;
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      new Edits(invoker, each).record(each.get("edits"));
      cache = invoker.cache(options(each));
    }
    if (generates) {
      assertThat(generator.output().newIds()).isEqualTo(Topic.rows(each.get("generated")));
    }
    for (JsonNode module : each.get("modules")) {
      check(each, module, "steps", cache.get(module.get("module").asText(), Port.OUTPUT));
      if (module.has("inputs")) {
        check(each, module, "inputs", cache.get(module.get("module").asText(), Port.INPUT));
      }
    }
  }

  private static CacheOptions options(Topic.Case each) {
    CacheOptions options =
        CacheOptions.paths(
            Topic.elements(each.get("modules"))
                .map(module -> module.get("module").asText())
                .toArray(String[]::new));
    boolean inputs = Topic.elements(each.get("modules")).anyMatch(module -> module.has("inputs"));
    options = inputs ? options.withInputs() : options;
    options = each.get("last_position").asBoolean() ? options.positions(-1) : options;
    return each.has("options") ? options.allSteps() : options;
  }

  private static void check(Topic.Case each, JsonNode module, String side, Saved<?> saved) {
    String name = module.get("module").asText();
    assertWithMessage("%s %s %s", each, name, side).that(saved).isNotNull();
    List<Tensor> steps = saved.values();
    assertWithMessage("%s %s %s", each, name, side).that(steps).hasSize(module.get(side).size());
    for (int i = 0; i < steps.size(); i++) {
      String what = "%s %s %s, step %s".formatted(each, name, side, i);
      JsonNode expected = module.get(side).get(i);
      Tensor found = lastIfHuggingFaceHasNoMore(steps.get(i), expected);
      assertWithMessage(what)
          .that(Arrays.stream(found.shape()).mapToInt(n -> (int) n).toArray())
          .isEqualTo(Topic.ints(expected.get("shape")));
      if (IN_PLACE.contains(each + " " + name)) {
        assertThat(expected.get("norm").asDouble()).isEqualTo(0);
        assertThat(Topic.doubles(found)).isNotEqualTo(new double[found.size()]);
        continue;
      }
      double[] values = Topic.doubles(found);
      double norm = Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
      close(what, norm, expected.get("norm").asDouble());
      close(what, Arrays.stream(values).sum() / values.length, expected.get("mean").asDouble());
      String tensor = name + "/step." + i;
      if (side.equals("steps") && each.hasTensor(tensor)) {
        each.check(tensor, found);
      }
    }
  }

  /**
   * Differs on purpose: in generation Hugging Face computes the logits of the prompt's last
   * position only, a cache of ours holds those of all positions.
   */
  private static Tensor lastIfHuggingFaceHasNoMore(Tensor found, JsonNode expected) {
    int width = (int) found.shape(-1);
    boolean logits = width == 1329 && found.shape(1) > expected.get("shape").get(1).asInt();
    if (!logits) {
      return found;
    }
    double[] all = Topic.doubles(found);
    return Tensor.of(Arrays.copyOfRange(all, all.length - width, all.length), 1, 1, width);
  }

  private static void close(String what, double found, double expected) {
    assertWithMessage(what)
        .that(found)
        .isWithin(TOLERANCE * Math.max(1, Math.abs(expected)))
        .of(expected);
  }
}
