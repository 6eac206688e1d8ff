package org.nnsight4j.internal.decode;

import static com.google.common.truth.Truth.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nnsight4j.generate.GenerateOptions;

class LogitsProcessorsTest {
  private static final float NO = Float.NEGATIVE_INFINITY;

  private static float[] apply(LogitsProcessor processor, TokenSequence tokens, float... scores) {
    processor.process(tokens, scores);
    return scores;
  }

  private static TokenSequence tokens(long... ids) {
    return new TokenSequence(ids);
  }

  @Test
  void repetitionPenaltyCountsATokenOnce() {
    assertThat(apply(LogitsProcessors.repetitionPenalty(2), tokens(0, 1, 1, 1, 9), 3, -3, 3, NO))
        .isEqualTo(new float[] {1.5f, -6, 3, NO});
  }

  @Test
  void noRepeatNgram() {
    float[] zeros = new float[4];
    assertThat(apply(LogitsProcessors.noRepeatNgram(2), tokens(1, 2, 1, 3, 1), zeros.clone()))
        .isEqualTo(new float[] {0, 0, NO, NO});
    assertThat(apply(LogitsProcessors.noRepeatNgram(1), tokens(1, 2), zeros.clone()))
        .isEqualTo(new float[] {0, NO, NO, 0});
    assertThat(apply(LogitsProcessors.noRepeatNgram(3), tokens(1, 2, 3, 1, 2), zeros.clone()))
        .isEqualTo(new float[] {0, 0, 0, NO});
    // A run of equal tokens overlaps itself.
    assertThat(apply(LogitsProcessors.noRepeatNgram(3), tokens(1, 1, 1), zeros.clone()))
        .isEqualTo(new float[] {0, NO, 0, 0});
    assertThat(apply(LogitsProcessors.noRepeatNgram(3), tokens(1, 1), zeros.clone()))
        .isEqualTo(zeros);
    assertThat(apply(LogitsProcessors.noRepeatNgram(9), tokens(1), zeros.clone())).isEqualTo(zeros);
  }

  @Test
  void minNewTokens() {
    LogitsProcessor processor = LogitsProcessors.minNewTokens(1, List.of(0L, 2L));
    TokenSequence tokens = tokens(5, 5, 5);
    assertThat(apply(processor, tokens, 1, 1, 1)).isEqualTo(new float[] {NO, 1, NO});
    tokens.add(1);
    assertThat(apply(processor, tokens, 1, 1, 1)).isEqualTo(new float[] {1, 1, 1});
  }

  @Test
  void temperature() {
    assertThat(apply(LogitsProcessors.temperature(0.5), tokens(0), 1, -2, NO))
        .isEqualTo(new float[] {2, -4, NO});
  }

  @Test
  void topKKeepsEquals() {
    assertThat(apply(LogitsProcessors.topK(2), tokens(0), 1, 3, 2, 2, 0))
        .isEqualTo(new float[] {NO, 3, 2, 2, NO});
    assertThat(apply(LogitsProcessors.topK(9), tokens(0), 1, 3)).isEqualTo(new float[] {1, 3});
    assertThat(apply(LogitsProcessors.topK(1), tokens(0), NO, 3, NO))
        .isEqualTo(new float[] {NO, 3, NO});
  }

  @Test
  void topP() {
    // Probabilities 0.5, 0.25, 0.125, 0.125.
    float[] scores = log(0.125, 0.5, 0.125, 0.25);
    assertThat(kept(LogitsProcessors.topP(0.45), scores)).containsExactly(1);
    assertThat(kept(LogitsProcessors.topP(0.6), scores)).containsExactly(1, 3);
    assertThat(kept(LogitsProcessors.topP(0.8), scores)).containsExactly(1, 2, 3);
    assertThat(kept(LogitsProcessors.topP(0.9), scores)).containsExactly(0, 1, 2, 3);
    assertThat(kept(LogitsProcessors.topP(1e-9), scores)).containsExactly(1);
    assertThat(kept(LogitsProcessors.topP(0.1, 3), scores)).containsExactly(1, 2, 3);
    assertThat(kept(LogitsProcessors.topP(0.1, 9), scores)).containsExactly(0, 1, 2, 3);
  }

  @Test
  void topPEqualsSortingEverything() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 200; round++) {
      float[] scores = new float[1 + random.nextInt(300)];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.nextInt(4) == 0 && i > 0 ? NO : (float) random.nextDouble(-12, 4);
      }
      double p = random.nextDouble(0.01, 0.999);
      assertThat(kept(LogitsProcessors.topP(p), scores)).isEqualTo(keptBySorting(scores, p));
    }
  }

  private static List<Integer> keptBySorting(float[] scores, double p) {
    double[] weights = Selection.weights(scores);
    double total = Arrays.stream(weights).sum();
    List<Integer> places =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted((a, b) -> Float.compare(scores[a], scores[b]))
            .toList();
    List<Integer> kept = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < places.size(); i++) {
      sum += weights[places.get(i)];
      if (sum > (1 - p) * total || i == places.size() - 1) {
        kept.add(places.get(i));
      }
    }
    return kept.stream().sorted().toList();
  }

  @Test
  void theSelectionIsRight() {
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 300; round++) {
      float[] values = new float[1 + random.nextInt(60)];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextInt(5) == 0 ? NO : random.nextInt(20) - 10;
      }
      float[] sorted = values.clone();
      Arrays.sort(sorted);
      for (int k = 1; k <= values.length; k++) {
        assertThat(Selection.largest(values, k)).isEqualTo(sorted[values.length - k]);
      }
    }
  }

  @Test
  void theOrderIsThatOfHuggingFace() {
    ResolvedOptions options =
        TestConfigs.resolved(
            GenerateOptions.defaults()
                .doSample()
                .repetitionPenalty(4)
                .temperature(0.5)
                .topK(2)
                .topP(0.75)
                .minNewTokens(1)
                .eosTokenId(3),
            4);
    // The penalty moves token 0 out of the best two; top-p sees what the temperature made.
    float[] scores = apply(LogitsProcessors.of(options), tokens(0), 1.2f, 1, 0.4f, 9);
    assertThat(scores).isEqualTo(new float[] {NO, 2, NO, NO});
  }

  @Test
  void logSoftmaxOfLargeNumbers() {
    float[] logs = Selection.logSoftmax(new float[] {1000, 1000, NO});
    assertThat(logs[0]).isWithin(1e-6f).of((float) -Math.log(2));
    assertThat(logs[2]).isEqualTo(NO);
  }

  private static float[] log(double... probabilities) {
    float[] logs = new float[probabilities.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = (float) Math.log(probabilities[i]);
    }
    return logs;
  }

  private static List<Integer> kept(LogitsProcessor processor, float[] scores) {
    float[] changed = apply(processor, tokens(0), scores.clone());
    return IntStream.range(0, changed.length).filter(i -> changed[i] != NO).boxed().toList();
  }
}
