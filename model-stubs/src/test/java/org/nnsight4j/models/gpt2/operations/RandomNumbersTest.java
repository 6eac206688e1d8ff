package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.nnsight4j.internal.graph.Beginnings;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Decision 007: random numbers are those of a hash, the same everywhere, and look random. */
final class RandomNumbersTest {
  private static final int COUNT = 100_000;

  @Test
  void bitsAreThoseOfSplitMix64() {
    // The generator's first numbers for the state 1234567 are published with it.
    long state = 1234567;
    long[] known = new long[3];
    for (int i = 0; i < known.length; i++) {
      state += 0x9E3779B97F4A7C15L;
      long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      known[i] = z ^ (z >>> 31);
    }
    assertThat(known[0]).isEqualTo(6457827717110365317L);
    assertThat(known[1]).isEqualTo(3203168211198807973L);
    for (long seed : new long[] {0, 1, -1, 42, Long.MIN_VALUE, Long.MAX_VALUE}) {
      // Integers of 2^63 - 1 show every bit but the lowest.
      Tensor found = run("randint", seed, 0L, Long.MAX_VALUE, new long[] {1000});
      long[] expected =
          LongStream.range(0, 1000)
              .map(i -> Math.floorMod(SplitMix.hash(seed, i) >>> 1, Long.MAX_VALUE))
              .toArray();
      assertWithMessage("seed %s", seed).that(found.toLongArray()).isEqualTo(expected);
      double[] uniform = run("uniform", seed, new long[] {1000}, "FLOAT64").toDoubleArray();
      for (int i = 0; i < uniform.length; i++) {
        assertThat(uniform[i]).isEqualTo(SplitMix.uniform(seed, i, true));
      }
    }
  }

  @Test
  void sameSeedSameNumbersInEveryRun() {
    Tensor first = drawn(7);
    assertThat(drawn(7)).isEqualTo(first);
    assertThat(drawn(8)).isNotEqualTo(first);
    assertThat(run("normal", 7L, new long[] {2, 3}, "FLOAT32")).isEqualTo(first);
  }

  private static Tensor drawn(long seed) {
    Saved<?> saved =
        Probe.trace(
            model -> {
              Value<?> any = model.transformer().wte().output();
              return Beginnings.of(any).normal(seed, 2, 3).save();
            });
    return saved.value();
  }

  @Test
  void numbersAreDistributedAsTheyShould() {
    double[] uniform = run("uniform", 3L, new long[] {COUNT}, "FLOAT32").toDoubleArray();
    assertThat(Dense.mean(uniform)).isWithin(5e-3).of(0.5);
    assertThat(Dense.variance(uniform)).isWithin(2e-3).of(1 / 12.0);
    assertThat(Arrays.stream(uniform).min().orElseThrow()).isAtLeast(0);
    assertThat(Arrays.stream(uniform).max().orElseThrow()).isLessThan(1);
    double[] normal = run("normal", 3L, new long[] {COUNT}, "FLOAT32").toDoubleArray();
    assertThat(Dense.mean(normal)).isWithin(1e-2).of(0);
    assertThat(Dense.variance(normal)).isWithin(2e-2).of(1);
    double tail = Arrays.stream(normal).filter(x -> x > 1.959964).count() / (double) COUNT;
    assertThat(tail).isWithin(3e-3).of(0.025);
    long[] dice = run("randint", 3L, 1L, 7L, new long[] {COUNT}).toLongArray();
    for (long face = 1; face <= 6; face++) {
      long each = face;
      double share = Arrays.stream(dice).filter(x -> x == each).count() / (double) COUNT;
      assertWithMessage("face %s", face).that(share).isWithin(6e-3).of(1 / 6.0);
    }
    double[] neighbours = new double[COUNT - 1];
    for (int i = 0; i < neighbours.length; i++) {
      neighbours[i] = normal[i] * normal[i + 1];
    }
    assertThat(Dense.mean(neighbours)).isWithin(1.5e-2).of(0);
    long[] permuted = run("randperm", 3L, 1000L).toLongArray();
    assertThat(permuted).isNotEqualTo(LongStream.range(0, 1000).toArray());
    assertThat(Arrays.stream(permuted).sorted().toArray())
        .isEqualTo(LongStream.range(0, 1000).toArray());
  }

  @Test
  void choicesFollowTheirProbabilities() {
    double[] logits = {0, 1, 2};
    double[] rows = new double[3 * 20_000];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = logits[i % 3];
    }
    Tensor chosen = OperationTest.run("categorical", List.of(Tensor.of(rows, 20_000, 3), 1L, 11L));
    double total = Dense.sumOfExp(logits);
    for (int i = 0; i < 3; i++) {
      long each = i;
      double share = Arrays.stream(chosen.toLongArray()).filter(x -> x == each).count() / 20_000.0;
      assertThat(share).isWithin(1.2e-2).of(Math.exp(logits[i]) / total);
    }
    double[] probabilities = new double[20_000];
    Arrays.fill(probabilities, 0.3);
    Tensor coins = OperationTest.run("bernoulli", List.of(Tensor.of(probabilities, 20_000), 5L));
    assertThat(Dense.mean(coins.toDoubleArray())).isWithin(1.2e-2).of(0.3);
  }

  private static Tensor run(String op, Object... args) {
    return OperationTest.run(op, List.of(args));
  }
}
