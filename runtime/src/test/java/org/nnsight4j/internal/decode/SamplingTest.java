package org.nnsight4j.internal.decode;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.Options.doSample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedSequence;

class SamplingTest {
  private static final int VOCABULARY = 12;
  private static final float[][] TABLE = table();

  private static float[][] table() {
    SplittableRandom random = new SplittableRandom(1);
    float[][] table = new float[31][VOCABULARY];
    for (float[] row : table) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextDouble(-2, 2);
      }
    }
    return table;
  }

  private static Generated run(GenerateOptions options, long[]... prompts) {
    List<long[]> rows = List.of(prompts);
    return Generation.run(
        rows,
        new TableModel(TABLE, rows),
        TestConfigs.resolved(options, VOCABULARY),
        null,
        TokenListener.NONE);
  }

  /** Draws one token after one prompt many times. */
  private static long[] counts(GenerateOptions options, int draws) {
    long[] counts = new long[VOCABULARY];
    Generated generated = run(options.numReturnSequences(draws), new long[] {3});
    generated.sequences().forEach(sequence -> counts[(int) sequence.newIds()[0]]++);
    return counts;
  }

  private static double[] expected(GenerateOptions options) {
    float[] scores = TABLE[4].clone();
    LogitsProcessors.of(TestConfigs.resolved(options, VOCABULARY))
        .process(new TokenSequence(new long[] {3}), scores);
    double[] weights = Selection.weights(scores);
    double total = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(weight -> weight / total).toArray();
  }

  private static void checkDistribution(GenerateOptions options) {
    int draws = 20_000;
    long[] counts = counts(options, draws);
    double[] probabilities = expected(options);
    double chiSquare = 0;
    int possible = 0;
    for (int i = 0; i < VOCABULARY; i++) {
      if (probabilities[i] == 0) {
        assertWithMessage("token %s", i).that(counts[i]).isEqualTo(0);
      } else {
        double mean = draws * probabilities[i];
        chiSquare += (counts[i] - mean) * (counts[i] - mean) / mean;
        possible++;
      }
    }
    // Mean plus four standard deviations of the chi-square distribution.
    double freedom = possible - 1;
    assertThat(chiSquare).isLessThan(freedom + 4 * Math.sqrt(2 * freedom) + 1);
  }

  @Test
  void drawsFromTheDistribution() {
    checkDistribution(doSample().seed(1).topK(0));
    checkDistribution(doSample().seed(2).topK(4));
    checkDistribution(doSample().seed(3).topP(0.7));
    checkDistribution(doSample().seed(4).temperature(0.4));
    checkDistribution(doSample().seed(5).temperature(3).topK(9).topP(0.9));
    checkDistribution(doSample().seed(6).repetitionPenalty(2));
  }

  @Test
  void theSeedDecides() {
    GenerateOptions options = doSample().maxNewTokens(20);
    long[][] first = run(options.seed(7), new long[] {1}, new long[] {2}).newIds();
    assertThat(run(options.seed(7), new long[] {1}, new long[] {2}).newIds()).isEqualTo(first);
    assertThat(run(options.seed(8), new long[] {1}, new long[] {2}).newIds()).isNotEqualTo(first);
  }

  @Test
  void anUnseededRunReportsItsSeed() {
    GenerateOptions options = doSample().maxNewTokens(20);
    Generated first = run(options, new long[] {1});
    Generated second = run(options, new long[] {1});
    assertThat(second.newIds()).isNotEqualTo(first.newIds());
    assertThat(run(options.seed(first.seed().getAsLong()), new long[] {1}).rows())
        .isEqualTo(first.rows());
  }

  @Test
  void aRowDoesNotDependOnItsBatch() {
    GenerateOptions options =
        doSample().maxNewTokens(15).seed(9).eosTokenId(0).padTokenId(0).numReturnSequences(3);
    var together = run(options, new long[] {1}, new long[] {2, 5}, new long[] {4}).rows();
    assertThat(run(options, new long[] {1}).rows().get(0)).isEqualTo(together.get(0));
    assertThat(run(options, new long[] {7, 7}, new long[] {2, 5}).rows().get(1))
        .isEqualTo(together.get(1));
    assertThat(run(options.numReturnSequences(1), new long[] {1}).rows().get(0).get(0))
        .isEqualTo(together.get(0).get(0));
  }

  @Test
  void sequencesOfOnePromptDiffer() {
    var rows =
        run(
            doSample().maxNewTokens(12).seed(1).numReturnSequences(5),
            new long[] {1},
            new long[] {1});
    assertThat(rows.sequences().stream().map(GeneratedSequence::toString).distinct().count())
        .isEqualTo(10);
  }

  @Test
  void neighbouringSeedsAreUnrelated() {
    List<Double> draws = new ArrayList<>();
    for (int seed = 0; seed < 50; seed++) {
      for (int row = 0; row < 50; row++) {
        draws.add(new Draws(seed, row, 0).gumbel());
      }
    }
    Collections.sort(draws);
    assertThat(draws.stream().distinct().count()).isEqualTo(2500);
    // The median of a Gumbel variable.
    assertThat(draws.get(1250)).isWithin(0.1).of(-Math.log(Math.log(2)));
  }

  @Test
  void sampledBeamsDrawWithoutReplacement() {
    int trials = 4000;
    GenerateOptions options = doSample().numBeams(2).numReturnSequences(2).topK(0);
    long[] best = new long[VOCABULARY];
    double[] probabilities = expected(doSample().topK(0));
    for (int seed = 0; seed < trials; seed++) {
      Generated generated = run(options.seed(seed), new long[] {3});
      long first = generated.rows().get(0).get(0).newIds()[0];
      long second = generated.rows().get(0).get(1).newIds()[0];
      assertThat(first).isNotEqualTo(second);
      assertThat(generated.row(0).score().getAsDouble())
          .isAtLeast(generated.rows().get(0).get(1).score().getAsDouble());
      best[(int) first]++;
      best[(int) second]++;
    }
    for (int token = 0; token < VOCABULARY; token++) {
      assertThat((double) best[token] / trials).isWithin(0.04).of(inclusion(probabilities, token));
    }
  }

  /** The chance of a token to be among the first two drawn without replacement. */
  private static double inclusion(double[] probabilities, int token) {
    double chance = probabilities[token];
    for (int other = 0; other < probabilities.length; other++) {
      if (other != token) {
        chance += probabilities[other] * probabilities[token] / (1 - probabilities[other]);
      }
    }
    return chance;
  }
}
