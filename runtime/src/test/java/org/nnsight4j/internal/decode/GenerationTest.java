package org.nnsight4j.internal.decode;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.eosTokenId;
import static org.nnsight4j.Options.maxNewTokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GenerateOptions;

class GenerationTest {
  private static byte[] letter(long id) {
    return new byte[] {(byte) ('a' + id)};
  }

  private static String letters(long[] ids) {
    return Arrays.stream(ids)
        .mapToObj(id -> String.valueOf((char) ('a' + id)))
        .collect(Collectors.joining());
  }

  /** Counts upward: after token n comes n + 1, whatever came before. */
  private static final class Counting implements NextToken {
    private final List<long[]> prompts;
    private final int vocabulary;
    private final List<Integer> rowCounts = new ArrayList<>();

    Counting(List<long[]> prompts, int vocabulary) {
      this.prompts = prompts;
      this.vocabulary = vocabulary;
    }

    @Override
    public float[][] first() {
      return prompts.stream().map(ids -> after(ids[ids.length - 1])).toArray(float[][]::new);
    }

    @Override
    public float[][] next(int[] rows, long[] tokens) {
      rowCounts.add(rows.length);
      return Arrays.stream(tokens).mapToObj(this::after).toArray(float[][]::new);
    }

    private float[] after(long token) {
      float[] logits = new float[vocabulary];
      logits[(int) ((token + 1) % vocabulary)] = 5;
      return logits;
    }
  }

  private static Generated count(GenerateOptions options, long[]... prompts) {
    return countWith(GenerationTest::letter, options, prompts);
  }

  private static Generated countWith(
      @Nullable LongFunction<byte[]> bytesOfToken, GenerateOptions options, long[]... prompts) {
    List<long[]> rows = List.of(prompts);
    return Generation.run(
        rows,
        new Counting(rows, 26),
        TestConfigs.resolved(options, 26),
        bytesOfToken,
        TokenListener.NONE);
  }

  private static long[] ids(long... ids) {
    return ids;
  }

  @Test
  void rowsOfDifferentLengthsEndByThemselves() {
    List<long[]> prompts = List.of(ids(1, 2), ids(6), ids(3, 3, 3));
    Counting model = new Counting(prompts, 26);
    Generated generated =
        Generation.run(
            prompts,
            model,
            TestConfigs.resolved(maxNewTokens(5).eosTokenId(8).padTokenId(0), 26),
            null,
            TokenListener.NONE);
    assertThat(generated.newIds())
        .isEqualTo(new long[][] {{3, 4, 5, 6, 7}, {7, 8, 0, 0, 0}, {4, 5, 6, 7, 8}});
    assertThat(generated.row(1).ids()).isEqualTo(ids(6, 7, 8));
    assertThat(generated.row(1).newIds()).isEqualTo(ids(7, 8));
    assertThat(generated.row(1).finishReason()).isEqualTo(FinishReason.EOS);
    assertThat(generated.row(0).finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(generated.row(2).finishReason()).isEqualTo(FinishReason.EOS);
    assertThat(generated.row(2).promptLength()).isEqualTo(3);
    assertThat(generated.seed()).isEmpty();
    assertThat(generated.row(0).score().isPresent()).isFalse();
    // An ended row is not run again.
    assertThat(model.rowCounts).containsExactly(3, 2, 2, 2).inOrder();
  }

  @Test
  void theFirstEosFillsWhenNoPadIsGiven() {
    Generated generated = count(maxNewTokens(3).eosTokenId(8, 9), ids(7), ids(1));
    assertThat(generated.padTokenId()).isEqualTo(OptionalLong.of(8));
    assertThat(generated.newIds()).isEqualTo(new long[][] {{8, 8, 8}, {2, 3, 4}});
  }

  @Test
  void oneTokenNeedsOnePass() {
    List<long[]> prompts = List.of(ids(1));
    Counting model = new Counting(prompts, 26);
    Generation.run(
        prompts,
        model,
        TestConfigs.resolved(GenerateOptions.defaults(), 26),
        null,
        TokenListener.NONE);
    assertThat(model.rowCounts).isEmpty();
  }

  @Test
  void stopStringsEndTheirRowAndAreKept() {
    Generated generated =
        count(maxNewTokens(6).padTokenId(25).stopStrings("fg", "zz"), ids(2), ids(9));
    assertThat(letters(generated.row(0).newIds())).isEqualTo("defg");
    assertThat(generated.row(0).finishReason()).isEqualTo(FinishReason.STOP_STRING);
    assertThat(generated.row(1).finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(generated.newIds()[0]).isEqualTo(ids(3, 4, 5, 6, 25, 25));
  }

  @Test
  void stopStringsOnlyInThePromptEndNothing() {
    Generated generated = count(maxNewTokens(3).padTokenId(25).stopStrings("bc", "a"), ids(1, 2));
    assertThat(generated.row(0).newIds()).isEqualTo(ids(3, 4, 5));
  }

  @Test
  void stopStringsThatBeginInThePromptEndTheirRow() {
    Generated generated = count(maxNewTokens(3).padTokenId(25).stopStrings("bcd"), ids(1, 2));
    assertThat(generated.row(0).newIds()).isEqualTo(ids(3));
    assertThat(generated.row(0).finishReason()).isEqualTo(FinishReason.STOP_STRING);
  }

  @Test
  void stopStringsEndBeams() {
    Generated generated =
        count(maxNewTokens(6).numBeams(2).padTokenId(25).stopStrings("fg"), ids(2), ids(9));
    assertThat(letters(generated.row(0).newIds())).isEqualTo("defg");
    assertThat(generated.row(0).finishReason()).isEqualTo(FinishReason.STOP_STRING);
    assertThat(generated.row(1).newIds()).hasLength(6);
  }

  @Test
  void beamsHaveReasonsAndScores() {
    Generated generated = count(maxNewTokens(4).numBeams(3).eosTokenId(5), ids(3), ids(9));
    assertThat(generated.row(0).newIds()).isEqualTo(ids(4, 5));
    assertThat(generated.row(0).finishReason()).isEqualTo(FinishReason.EOS);
    assertThat(generated.row(1).finishReason()).isEqualTo(FinishReason.LENGTH);
    double logProbability = 5 - Math.log(Math.exp(5) + 25);
    assertThat(generated.row(0).score().getAsDouble()).isWithin(1e-5).of(logProbability);
  }

  private static void refused(Executable action, String... parts) {
    var thrown = assertThrows(OptionsException.class, action);
    for (String part : parts) {
      assertThat(thrown).hasMessageThat().contains(part);
    }
  }

  @Test
  void refusesWhatCannotWork() {
    refused(() -> count(maxNewTokens(1)), "at least one prompt");
    refused(() -> count(maxNewTokens(1), ids(1), ids()), "none in row 1");
    refused(
        () -> countWith(null, maxNewTokens(2).stopStrings("a"), ids(1)),
        "tokenizer",
        "stopStrings=[a]");
    refused(
        () -> count(maxNewTokens(2).stopStrings("a"), ids(1), ids(2)), "padTokenId", "eosTokenId");
    count(maxNewTokens(2).stopStrings("a"), ids(1));
    count(maxNewTokens(2), ids(1), ids(2));
    count(maxNewTokens(2).stopStrings("a").eosTokenId(3), ids(1), ids(2));
  }

  private static void broken(GenerateOptions options, float[][] logits, String... parts) {
    NextToken model =
        new NextToken() {
          @Override
          public float[][] first() {
            return logits;
          }

          @Override
          public float[][] next(int[] rows, long[] tokens) {
            return new float[1][3];
          }
        };
    var thrown =
        assertThrows(
            RunException.class,
            () ->
                Generation.run(
                    List.of(ids(0), ids(1)),
                    model,
                    TestConfigs.resolved(options, 3),
                    null,
                    TokenListener.NONE));
    for (String part : parts) {
      assertThat(thrown).hasMessageThat().contains(part);
    }
  }

  @Test
  void refusesLogitsThatCannotBeDecoded() {
    float no = Float.NEGATIVE_INFINITY;
    for (GenerateOptions options :
        List.of(maxNewTokens(2), maxNewTokens(2).doSample(), maxNewTokens(2).numBeams(2))) {
      broken(options, new float[][] {{1, 2, 3}, {1, Float.NaN, 3}}, "NaN for token 1 (row 1");
      broken(options, new float[][] {{1, 2, Float.POSITIVE_INFINITY}, {1, 2, 3}}, "Infinity");
      broken(options, new float[][] {{1, 2, 3}, {no, no, no}}, "excluded every token", "row 1");
      broken(options, new float[][] {{1, 2, 3}}, "2 rows of logits", "returned 1");
      broken(options, new float[][] {{1, 2, 3}, {1, 2, 3}}, "new token 1, the model returned 1");
    }
  }

  @Test
  void saysWhenNothingIsPossible() {
    float[][] table = new float[5][2];
    List<long[]> prompts = List.of(ids(0, 1));
    var thrown =
        assertThrows(
            RunException.class,
            () ->
                Generation.run(
                    prompts,
                    new TableModel(table, prompts),
                    TestConfigs.resolved(maxNewTokens(3).noRepeatNgramSize(1), 2),
                    null,
                    TokenListener.NONE));
    assertThat(thrown).hasMessageThat().contains("noRepeatNgramSize=1");
    var beams =
        assertThrows(
            RunException.class,
            () ->
                Generation.run(
                    prompts,
                    new TableModel(table, prompts),
                    TestConfigs.resolved(
                        maxNewTokens(3).noRepeatNgramSize(1).numBeams(2).numReturnSequences(2), 2),
                    null,
                    TokenListener.NONE));
    assertThat(beams).hasMessageThat().contains("numReturnSequences=2");
  }

  @Test
  void minNewTokensHoldsBackTheEnd() {
    Generated generated = count(eosTokenId(4).maxNewTokens(6).minNewTokens(3), ids(3));
    assertThat(generated.row(0).newIds().length).isAtLeast(3);
    assertThat(Arrays.stream(generated.row(0).newIds()).limit(3).anyMatch(id -> id == 4)).isFalse();
  }
}
