package org.nnsight4j.models.gpt2.generation;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Tokens and scores of Hugging Face's {@code generate}, for the same weights and options. */
final class GenerationMatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> generate() {
    return Fixtures.allModels().stream().map(name -> dynamicContainer(name, cases(name)));
  }

  /** All with the cache, and one of four without; the others by night. */
  private static Stream<DynamicNode> cases(String name) {
    Fixtures fixtures = Fixtures.of(name);
    List<Fixtures.Case> all = fixtures.cases("generate").toList();
    return IntStream.range(0, all.size())
        .boxed()
        .flatMap(
            i ->
                (i % 4 == 0 ? Stream.of(true, false) : Stream.of(true))
                    .map(cache -> named(fixtures, all.get(i), cache)));
  }

  @TestFactory
  @Tag("nightly")
  Stream<DynamicNode> generateWithoutCache() {
    return Fixtures.allModels().stream()
        .map(
            name -> {
              Fixtures fixtures = Fixtures.of(name);
              return dynamicContainer(
                  name, fixtures.cases("generate").map(each -> named(fixtures, each, false)));
            });
  }

  private static DynamicNode named(Fixtures fixtures, Fixtures.Case each, boolean cache) {
    return dynamicTest(
        each.name() + (cache ? "" : ", without cache"), () -> check(fixtures, each, cache));
  }

  private static void check(Fixtures fixtures, Fixtures.Case each, boolean cache) {
    try (LanguageModel<Gpt2> gpt2 = fixtures.shared()) {
      GenerateOptions options = options(each.node.get("options")).useCache(cache);
      Output output;
      try (Generator<Gpt2> generator = gpt2.generate(options)) {
        try (Invoker<Gpt2> invoker = generator.invoke(each.inputs())) {
          assertThat(invoker.model()).isNotNull();
        }
        generator.run();
        output = generator.output();
      }
      long[][] wanted = each.generated();
      assertWithMessage(each.name())
          .that(output.newIds())
          .isEqualTo(withHonestPadding(wanted, output, each));
      if (each.has("sequences_scores")) {
        Tensor scores = each.expected("sequences_scores");
        for (int i = 0; i < scores.size(); i++) {
          assertThat(output.sequences().get(i).score().orElseThrow())
              .isWithin(1e-4 + 1e-5 * Math.abs(scores.at(i)))
              .of(scores.at(i));
        }
      }
    }
  }

  /**
   * Hugging Face's beam search fills with {@code pad_token_id or eos_token_id[0]}, so that a pad
   * token of 0 is lost. Here 0 is a token as any other; only this fill is expected to differ.
   */
  private static long[][] withHonestPadding(long[][] wanted, Output output, Fixtures.Case each) {
    JsonNode options = each.node.get("options");
    boolean lost =
        options.path("num_beams").asInt(1) > 1 && options.path("pad_token_id").asInt(-1) == 0;
    for (int row = 0; lost && row < wanted.length; row++) {
      int length = output.newIds(row).length;
      for (int i = length; i < wanted[row].length; i++) {
        assertThat(wanted[row][i]).isEqualTo(longs(options.get("eos_token_id"))[0]);
        wanted[row][i] = 0;
      }
    }
    return wanted;
  }

  @TestFactory
  Stream<DynamicNode> everyStepOfTheCacheGivesTheLogitsOfTheWhole() {
    return Fixtures.allModels().stream()
        .map(Fixtures::of)
        .flatMap(
            fixtures ->
                fixtures
                    .cases("cached")
                    .map(each -> dynamicTest(each.name(), () -> cached(fixtures, each))));
  }

  /** The last logits of the prefix, which the fixture's first step has at its end. */
  private static void cached(Fixtures fixtures, Fixtures.Case each) {
    try (LanguageModel<Gpt2> gpt2 = fixtures.shared()) {
      long[] ids = each.inputs()[0];
      int prefix = each.node.get("prefix").asInt();
      for (int step = 1; prefix + step <= ids.length; step++) {
        long[] part = Arrays.copyOf(ids, prefix + step);
        Saved<Gpt2.Vocab> last =
            gpt2.trace()
                .run(
                    generator ->
                        generator.invoke(
                            part,
                            invoker -> invoker.model().lmHead().output().get(":, -1:").save()))
                .result();
        each.assertClose("step." + step + "/logits", last.value(), 1e-5);
      }
    }
  }

  static GenerateOptions options(JsonNode json) {
    GenerateOptions options = GenerateOptions.defaults();
    Iterator<Map.Entry<String, JsonNode>> fields = json.properties().iterator();
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> field = fields.next();
      JsonNode value = field.getValue();
      options =
          switch (field.getKey()) {
            case "max_new_tokens" -> options.maxNewTokens(value.asInt());
            case "min_new_tokens" -> options.minNewTokens(value.asInt());
            case "num_beams" -> options.numBeams(value.asInt());
            case "num_return_sequences" -> options.numReturnSequences(value.asInt());
            case "length_penalty" -> options.lengthPenalty(value.asDouble());
            case "repetition_penalty" -> options.repetitionPenalty(value.asDouble());
            case "no_repeat_ngram_size" -> options.noRepeatNgramSize(value.asInt());
            case "pad_token_id" -> options.padTokenId(value.asLong());
            case "eos_token_id" -> options.eosTokenId(longs(value));
            case "early_stopping" ->
                value.isBoolean()
                    ? options.earlyStopping(value.asBoolean())
                    : options.earlyStopping(EarlyStopping.NEVER);
            case "do_sample" -> options.doSample(value.asBoolean());
            default -> throw new IllegalStateException("an option of the fixtures: " + field);
          };
    }
    return options;
  }

  private static long[] longs(JsonNode value) {
    List<JsonNode> nodes =
        value.isArray()
            ? StreamSupport.stream(value.spliterator(), false).toList()
            : List.of(value);
    return nodes.stream().mapToLong(JsonNode::asLong).toArray();
  }
}
