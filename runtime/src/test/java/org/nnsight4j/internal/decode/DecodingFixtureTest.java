package org.nnsight4j.internal.decode;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedSequence;

/** Tokens and scores against transformers, see tools/reference/decoding_fixtures.py. */
class DecodingFixtureTest {
  private static JsonNode fixture;

  @BeforeAll
  static void read() throws IOException {
    try (var stream = DecodingFixtureTest.class.getResourceAsStream("/generate/decoding.json")) {
      fixture = new ObjectMapper().readTree(stream);
    }
  }

  @Test
  void hasManyCases() {
    assertThat(fixture.get("cases").size()).isAtLeast(500);
  }

  @TestFactory
  Stream<DynamicTest> sameTokensAndScores() {
    return StreamSupport.stream(fixture.get("cases").spliterator(), false)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("table").asText() + each.get("prompts") + each.get("options"),
                    () -> check(each)));
  }

  @TestFactory
  Stream<DynamicTest> eachRowEqualsItsOwnRun() {
    return StreamSupport.stream(fixture.get("cases").spliterator(), false)
        .filter(each -> each.get("prompts").size() > 1)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("table").asText() + each.get("prompts") + each.get("options"),
                    () -> {
                      List<long[]> prompts = prompts(each);
                      Generated together = run(each, prompts);
                      for (int i = 0; i < prompts.size(); i++) {
                        assertThat(run(each, List.of(prompts.get(i))).rows().get(0))
                            .isEqualTo(together.rows().get(i));
                      }
                    }));
  }

  /**
   * Stop strings: of several tokens, of parts of tokens, special, begun in the prompt, in beams.
   */
  @TestFactory
  Stream<DynamicTest> sameStops() throws IOException {
    JsonNode stopping;
    try (InputStream in =
        DecodingFixtureTest.class.getResourceAsStream("/generate/stopping.json")) {
      stopping = new ObjectMapper().readTree(in);
    }
    List<byte[]> bytes =
        StreamSupport.stream(stopping.get("bytes").spliterator(), false)
            .map(each -> HexFormat.of().parseHex(each.textValue()))
            .toList();
    assertThat(stopping.get("cases").size()).isAtLeast(250);
    return StreamSupport.stream(stopping.get("cases").spliterator(), false)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("table").asText() + each.get("prompts") + each.get("stops"),
                    () ->
                        assertThat(stopped(each, bytes).newIds())
                            .isEqualTo(longs(each.get("new_ids")).toArray(long[][]::new))));
  }

  private static Generated stopped(JsonNode each, List<byte[]> bytes) {
    String[] stops =
        StreamSupport.stream(each.get("stops").spliterator(), false)
            .map(JsonNode::textValue)
            .toArray(String[]::new);
    return run(each, prompts(each), options -> options.stopStrings(stops), bytes);
  }

  @TestFactory
  Stream<DynamicTest> sameWarpedScores() {
    return StreamSupport.stream(fixture.get("warped").spliterator(), false)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("table").asText() + each.get("state") + each.get("options"),
                    () -> checkWarped(each)));
  }

  private static void checkWarped(JsonNode each) {
    float[] scores =
        floats(
            fixture.get("tables").get(each.get("table").asText()).get(each.get("state").asInt()));
    LogitsProcessors.of(
            TestConfigs.resolved(options(each.get("options")).doSample(), scores.length))
        .process(new TokenSequence(row(each.get("ids"))), scores);
    JsonNode expected = each.get("scores");
    for (int i = 0; i < scores.length; i++) {
      if (expected.get(i).isNull()) {
        assertThat(scores[i]).isEqualTo(Float.NEGATIVE_INFINITY);
      } else {
        assertThat(scores[i]).isWithin(1e-5f).of((float) expected.get(i).asDouble());
      }
    }
  }

  private static void check(JsonNode each) {
    Generated generated = run(each, prompts(each));
    assertThat(generated.newIds()).isEqualTo(longs(each.get("new_ids")).toArray(long[][]::new));
    JsonNode scores = each.get("scores");
    List<GeneratedSequence> sequences = generated.sequences();
    for (int i = 0; scores != null && i < scores.size(); i++) {
      assertWithMessage("score of sequence %s", i)
          .that(sequences.get(i).score().getAsDouble())
          .isWithin(1e-4)
          .of(scores.get(i).asDouble());
    }
  }

  private static Generated run(JsonNode each, List<long[]> prompts) {
    return run(each, prompts, options -> options, List.of());
  }

  private static Generated run(
      JsonNode each,
      List<long[]> prompts,
      UnaryOperator<GenerateOptions> more,
      List<byte[]> bytes) {
    float[][] table =
        StreamSupport.stream(
                fixture.get("tables").get(each.get("table").asText()).spliterator(), false)
            .map(DecodingFixtureTest::floats)
            .toArray(float[][]::new);
    return Generation.run(
        prompts,
        new TableModel(table, prompts),
        OptionResolver.resolve(
            more.apply(options(each.get("options"))),
            TestConfigs.none(),
            TestConfigs.empty(),
            table[0].length),
        bytes.isEmpty() ? null : id -> bytes.get(Math.toIntExact(id)),
        TokenListener.NONE);
  }

  private static GenerateOptions options(JsonNode json) {
    GenerateOptions options = GenerateOptions.defaults();
    for (var field : json.properties()) {
      JsonNode value = field.getValue();
      options =
          switch (field.getKey()) {
            case "max_new_tokens" -> options.maxNewTokens(value.intValue());
            case "min_new_tokens" -> options.minNewTokens(value.intValue());
            case "repetition_penalty" -> options.repetitionPenalty(value.doubleValue());
            case "no_repeat_ngram_size" -> options.noRepeatNgramSize(value.intValue());
            case "temperature" -> options.temperature(value.doubleValue());
            case "top_k" -> options.topK(value.intValue());
            case "top_p" -> options.topP(value.doubleValue());
            case "num_beams" -> options.numBeams(value.intValue());
            case "num_return_sequences" -> options.numReturnSequences(value.intValue());
            case "length_penalty" -> options.lengthPenalty(value.doubleValue());
            case "pad_token_id" -> options.padTokenId(value.intValue());
            case "eos_token_id" -> options.eosTokenId(eos(value));
            case "early_stopping" ->
                options.earlyStopping(
                    value.isTextual()
                        ? EarlyStopping.NEVER
                        : value.booleanValue() ? EarlyStopping.TRUE : EarlyStopping.FALSE);
            default -> throw new AssertionError(field.getKey());
          };
    }
    return options;
  }

  private static long[] eos(JsonNode value) {
    if (value.isNull()) {
      return new long[0];
    }
    return value.isArray() ? row(value) : new long[] {value.longValue()};
  }

  private static List<long[]> prompts(JsonNode each) {
    return longs(each.get("prompts"));
  }

  private static List<long[]> longs(JsonNode rows) {
    List<long[]> result = new ArrayList<>();
    rows.forEach(node -> result.add(row(node)));
    return result;
  }

  private static long[] row(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToLong(JsonNode::longValue).toArray();
  }

  private static float[] floats(JsonNode node) {
    double[] doubles =
        StreamSupport.stream(node.spliterator(), false)
            .mapToDouble(JsonNode::doubleValue)
            .toArray();
    float[] floats = new float[doubles.length];
    Arrays.setAll(doubles, i -> floats[i] = (float) doubles[i]);
    return floats;
  }
}
