package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicNode;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.mirror.Mirror;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** All fixtures of a family against Hugging Face: one test for each case. */
public final class MatchesHuggingFace {
  /** How far numbers may be from Hugging Face's, in parts of the largest. */
  static final double TOLERANCE = 1e-5;

  private MatchesHuggingFace() {}

  /** The tests of a family. */
  public static Stream<DynamicNode> of(String family) {
    return ReferenceModel.of(family).stream()
        .map(
            model ->
                dynamicContainer(
                    model.name(),
                    Stream.of(
                            modules(model, "fused", ModuleOutputs::fused),
                            modules(model, "in steps", ModuleOutputs::inSteps),
                            tests(model, "padded", "rows", MatchesHuggingFace::padded),
                            tests(model, "padded", "invokers", MatchesHuggingFace::invokers),
                            tests(model, "positions", "written", MatchesHuggingFace::positions),
                            tests(model, "masked", "written", MatchesHuggingFace::masked),
                            tests(model, "applied", "to a value", MatchesHuggingFace::applied),
                            tests(model, "cached", "step by step", MatchesHuggingFace::cached),
                            tests(model, "generate", "generate", MatchesHuggingFace::generate))
                        .flatMap(each -> each)));
  }

  private interface Check {
    void run(LanguageModel<AnyModel> model, ReferenceModel.Case each);
  }

  private static Stream<DynamicNode> modules(
      ReferenceModel model,
      String how,
      BiFunction<ReferenceModel, ReferenceModel.Case, Map<String, Tensor>> outputs) {
    return model
        .cases("modules")
        .map(
            each ->
                dynamicTest(
                    each.name() + ", " + how,
                    () -> {
                      try (Mirror.Pause pause = Mirror.untilNight()) {
                        outputs
                            .apply(model, each)
                            .forEach((what, value) -> each.assertClose(what, value, TOLERANCE));
                      }
                    }));
  }

  private static Stream<DynamicNode> tests(
      ReferenceModel model, String kind, String how, Check check) {
    return model
        .cases(kind)
        .map(
            each ->
                dynamicTest(
                    each.name() + ", " + how,
                    () -> {
                      try (Mirror.Pause pause = Mirror.untilNight();
                          LanguageModel<AnyModel> opened = model.shared()) {
                        check.run(opened, each);
                      }
                    }));
  }

  private static void padded(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    long[][] rows = each.inputs();
    Saved<?> logits;
    try (Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(rows)) {
      logits = invoker.model().output().save();
    }
    for (int row = 0; row < rows.length; row++) {
      each.assertClose(
          "row." + row + "/logits", last(logits.value(), row, rows[row].length), TOLERANCE);
    }
  }

  private static void invokers(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    List<Saved<?>> logits = new ArrayList<>();
    try (Generator<AnyModel> generator = model.trace()) {
      for (long[] row : each.inputs()) {
        try (Invoker<AnyModel> invoker = generator.invoke(row)) {
          logits.add(invoker.model().output().save());
        }
      }
    }
    for (int row = 0; row < logits.size(); row++) {
      Tensor found = logits.get(row).value();
      each.assertClose("row." + row + "/logits", last(found, 0, (int) found.shape(1)), TOLERANCE);
    }
  }

  /** The last positions of a row of a left-padded batch. */
  private static Tensor last(Tensor batch, int row, int length) {
    int positions = (int) batch.shape(1);
    int width = (int) batch.shape(2);
    int begin = (row * positions + positions - length) * width;
    return Tensor.of(
        Arrays.copyOfRange(batch.toFloatArray(), begin, begin + length * width), length, width);
  }

  private static void positions(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    long[] places =
        StreamSupport.stream(each.node().get("position_ids").spliterator(), false)
            .mapToLong(JsonNode::asLong)
            .toArray();
    Saved<?> logits;
    try (Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(each.inputs())) {
      invoker
          .model()
          .module(each.node().path("site").asText("model.position_ids"))
          .output()
          .set(Tensor.of(places, 1, places.length));
      logits = invoker.model().output().save();
    }
    each.assertClose("output", logits.value(), TOLERANCE);
  }

  private static void masked(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    long[] mask =
        StreamSupport.stream(each.node().get("attention_mask").spliterator(), false)
            .mapToLong(JsonNode::asLong)
            .toArray();
    Saved<?> logits;
    try (Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(each.inputs())) {
      invoker
          .model()
          .module(each.node().get("site").asText())
          .output()
          .set(Tensor.of(mask, 1, mask.length));
      logits = invoker.model().output().save();
    }
    each.assertClose("output", logits.value(), TOLERANCE);
  }

  private static void applied(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    try (Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(each.inputs())) {
      Value<?> argument = invoker.model().module(each.node().get("to").asText()).output();
      for (String path : each.tensors().keySet()) {
        saved.put(path, invoker.model().module(path).apply(argument).save());
      }
    }
    saved.forEach((what, value) -> each.assertClose(what, value.value(), TOLERANCE));
  }

  /** The case's own tokens take the place of those that each step would take. */
  private static void cached(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    long[] ids = each.inputs()[0];
    int prefix = each.node().get("prefix").asInt();
    List<Saved<?>> steps = new ArrayList<>();
    int count = ids.length - prefix + 1;
    try (Generator<AnyModel> generator =
            model.generate(GenerateOptions.defaults().maxNewTokens(count).eosTokenId());
        Invoker<AnyModel> invoker = generator.invoke(Arrays.copyOf(ids, prefix))) {
      for (int step = 0; step < count; step++) {
        AnyModel now = invoker.step(step);
        if (step > 0) {
          now.input().set(Tensor.of(new long[] {ids[prefix + step - 1]}, 1, 1));
        }
        steps.add(now.output().save());
      }
    }
    for (int step = 0; step < count; step++) {
      each.assertClose("step." + step + "/logits", steps.get(step).value(), TOLERANCE);
    }
  }

  private static void generate(LanguageModel<AnyModel> model, ReferenceModel.Case each) {
    List<Boolean> ways =
        each.node().has("cache")
            ? List.of(each.node().get("cache").asBoolean())
            : List.of(true, false);
    for (boolean cache : ways) {
      Output output;
      try (Generator<AnyModel> generator =
          model.generate(options(model, each.node().get("options")).useCache(cache))) {
        generator.invoke(each.inputs()).close();
        generator.run();
        output = generator.output();
      }
      assertWithMessage("%s, %s cache", each.name(), cache ? "with" : "without")
          .that(output.newIds())
          .isEqualTo(each.rows("generated"));
      Tensor scores = each.tensors().get("sequences_scores");
      for (int i = 0; scores != null && i < scores.size(); i++) {
        assertThat(output.sequences().get(i).score().orElseThrow()).isWithin(1e-4).of(scores.at(i));
      }
    }
  }

  private static GenerateOptions options(LanguageModel<AnyModel> model, JsonNode json) {
    GenerateOptions options =
        GenerateOptions.defaults().maxNewTokens(json.get("max_new_tokens").asInt()).padTokenId(0);
    long[] ends =
        StreamSupport.stream(json.get("eos_token_id").spliterator(), false)
            .mapToLong(JsonNode::asLong)
            .toArray();
    long[] ofModel = model.config().integers("eos_token_id").stream().mapToLong(id -> id).toArray();
    if (!Arrays.equals(ends, ofModel)) {
      options = options.eosTokenId(ends);
    }
    if (json.has("num_beams")) {
      options =
          options
              .numBeams(json.get("num_beams").asInt())
              .numReturnSequences(json.get("num_return_sequences").asInt());
    }
    return options;
  }
}
