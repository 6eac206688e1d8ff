package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Gradients of several losses, at sites and of constants, read and rewritten. */
final class GradientsTest {
  private static final Topic TOPIC = new Topic("gradients");

  static Stream<Topic.Case> gradients() {
    return TOPIC.cases("gradient", "gradient_fp64");
  }

  static Stream<Topic.Case> constants() {
    return TOPIC.cases("gradient_of_constant");
  }

  static Stream<Topic.Case> secondOrder() {
    return TOPIC.cases("second_order");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds())
        .containsExactly("gradient", "gradient_fp64", "gradient_of_constant", "second_order");
  }

  /** The F64 numbers too are compared with ours in F32. */
  @ParameterizedTest
  @MethodSource("gradients")
  void gradientsOfLosses(Topic.Case each) {
    Map<String, Saved<?>> found = new LinkedHashMap<>();
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Paths model = invoker.model();
      new Edits(invoker, each).record(each.get("edits"));
      Map<String, Value<Axis>> sites = new LinkedHashMap<>();
      Topic.elements(each.get("gradient_edits"))
          .map(edit -> edit.get("site").asText())
          .forEach(site -> sites.put(site, model.read(site)));
      Topic.elements(each.get("sites"))
          .forEach(site -> sites.computeIfAbsent(site.asText(), model::read));
      for (JsonNode json : each.get("losses")) {
        String name = json.get("name").asText();
        Value<Axis> loss = loss(model, json, each.inputs()[0]);
        found.put(name + "/loss", loss.save());
        for (JsonNode edit : each.get("gradient_edits")) {
          Value<Axis> site = sites.get(edit.get("site").asText());
          Value<Axis> gradient = site.gradient(loss);
          site.setGradient(loss, gradient.mul(gradient.constant(factors(edit, each))));
        }
        for (JsonNode site : each.get("sites")) {
          Value<Axis> gradient = sites.get(site.asText()).gradient(loss);
          found.put(
              name + "/" + site.asText(), asPython(site.asText(), gradient, model, loss).save());
        }
      }
    }
    found.forEach(
        (what, saved) -> {
          if (!what.endsWith("/loss") || each.hasTensor(what)) {
            each.check(what, saved.value());
          }
        });
  }

  /**
   * Differs on purpose: Python's {@code ln_2.input} is the very tensor that goes around the MLP
   * too, so its gradient has that path as well; ours is that of what the module gets, which is also
   * what a write there changes. Both paths together are Python's number.
   */
  private static Value<Axis> asPython(
      String site, Value<Axis> gradient, Paths model, Value<Axis> loss) {
    if (!site.endsWith(".ln_2.input")) {
      return gradient;
    }
    Value<Axis> after = model.read(site.replace("ln_2.input", "output"));
    return gradient.add(after.gradient(loss));
  }

  /** One factor for every element: that of the edit where it holds, 1 elsewhere. */
  private static Tensor factors(JsonNode edit, Topic.Case each) {
    int positions = each.inputs()[0].length;
    int width = edit.get("site").asText().contains(".act.") ? 512 : 128;
    double factor = edit.get("op").asText().equals("zero") ? 0 : edit.get("by").asDouble();
    float[] factors = new float[positions * width];
    for (int i = 0; i < factors.length; i++) {
      boolean chosen = names(edit, "positions", i / width, positions);
      factors[i] = chosen && names(edit, "columns", i % width, width) ? (float) factor : 1;
    }
    return Tensor.of(factors, positions, width);
  }

  private static boolean names(JsonNode edit, String axis, int place, int length) {
    return !edit.has(axis)
        || Arrays.stream(Topic.ints(edit.get(axis)))
            .anyMatch(index -> Math.floorMod(index, length) == place);
  }

  private static Value<Axis> loss(Paths model, JsonNode json, long[] ids) {
    Value<Axis> logits = model.logits();
    String id = "0, " + json.path("id").asInt();
    return switch (json.get("loss").asText()) {
      case "logit" -> logits.at(-1).get(id);
      case "logit_difference" ->
          logits.at(-1).get(id).sub(logits.at(-1).get("0, " + json.get("minus_id").asInt()));
      case "log_probability" -> logits.at(-1).logSoftmax(-1).get(id);
      case "mean_cross_entropy" -> {
        Value<Axis> targets =
            logits.constant(Tensor.of(Arrays.copyOfRange(ids, 1, ids.length), ids.length - 1, 1));
        yield logits.get("0, :-1").logSoftmax(-1).gather(-1, targets).mean().neg();
      }
      default -> throw new IllegalArgumentException(json.toString());
    };
  }

  @ParameterizedTest
  @MethodSource("constants")
  void gradientOfASteeringVector(Topic.Case each) {
    JsonNode edit = each.get("edits").get(0);
    String site = each.get("sites").get(0).asText();
    List<Saved<Axis>> found;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Paths model = invoker.model();
      Value<Axis> earlier = model.read(site);
      Value<Axis> steered = model.read(edit.get("site").asText());
      Value<Axis> vector = steered.constant(each.tensor(edit.get("tensor").asText()));
      Value<Axis> part =
          edit.has("positions") ? steered.at(edit.get("positions").get(0).asInt()) : steered;
      part.set(part.add(vector));
      Value<Axis> loss = loss(model, each.get("losses").get(0), each.inputs()[0]);
      found = List.of(loss.save(), vector.gradient(loss).save(), earlier.gradient(loss).save());
    }
    each.check("loss", found.get(0).value());
    each.checkWhole("grad.vector", found.get(1).value());
    each.check("grad." + site, found.get(2).value());
  }

  @ParameterizedTest
  @MethodSource("secondOrder")
  void gradientOfAGradient(Topic.Case each) {
    List<Saved<Axis>> found;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Paths model = invoker.model();
      Value<Axis> hidden = model.read(each.get("sites").get(0).asText());
      Value<Axis> loss = loss(model, each.get("losses").get(0), each.inputs()[0]);
      Value<Axis> first = hidden.gradient(loss);
      Value<Axis> squares = first.square().sum();
      found = List.of(loss.save(), first.save(), squares.save(), hidden.gradient(squares).save());
    }
    each.check("fp64/loss", found.get(0).value());
    each.check("fp64/first", found.get(1).value());
    each.check("fp64/squares", found.get(2).value());
    each.check("fp64/second", found.get(3).value());
  }
}
