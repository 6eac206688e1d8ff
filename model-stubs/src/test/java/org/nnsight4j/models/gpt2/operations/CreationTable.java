package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.EntryForms.CUBE;
import static org.nnsight4j.models.gpt2.operations.EntryForms.FLOATS;
import static org.nnsight4j.models.gpt2.operations.EntryForms.POOL;
import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.EntryForms.truth;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** The part of {@link OperationTable} that makes numbers: by a rule, or random ones by a seed. */
final class CreationTable {
  private static final List<String> TYPES = Arrays.stream(DType.values()).map(DType::name).toList();
  private static final List<Long> SEEDS = List.of(0L, 1L, -7L, Long.MAX_VALUE, Long.MIN_VALUE);
  private static final List<Object> SHAPES =
      List.of(new long[] {5}, new long[] {2, 3}, new long[0], new long[] {0, 2}, new long[] {-1});

  private CreationTable() {}

  static void addTo(EntryForms forms) {
    forms.entry(
        "full",
        combinations(SHAPES, List.of(0.0, 1.0, -2.5, 3e9, Double.NaN), TYPES),
        args -> Dense.build(shape(args, 0), at -> (double) args.get(1)));
    forms.number("full_like", List.of(0.0, 1.0, -2.5, 3e9), (x, value) -> value);
    forms.entry(
        "arange",
        combinations(List.of(0L, -3L), List.of(5L, -8L, 0L), List.of(1L, 2L, -3L, 0L)),
        args -> {
          List<Double> numbers = new ArrayList<>();
          long step = (long) args.get(2);
          for (long i = (long) args.get(0);
              step > 0 ? i < (long) args.get(1) : i > (long) args.get(1);
              i += step) {
            numbers.add((double) i);
          }
          return new Dense(
              new int[] {numbers.size()},
              numbers.stream().mapToDouble(Double::doubleValue).toArray());
        });
    forms.entry(
        "linspace",
        combinations(List.of(0.0, -1.5), List.of(1.0, -3.0), List.of(5L, 1L, 0L, -1L), TYPES),
        args -> {
          int count = ((Long) args.get(2)).intValue();
          double begin = (double) args.get(0);
          double end = (double) args.get(1);
          return Dense.build(
              new int[] {count},
              at -> count == 1 ? begin : begin + at[0] * (end - begin) / (count - 1));
        });
    forms.entry(
        "eye",
        combinations(List.of(3L, 0L, -1L), List.of(3L, 2L), TYPES),
        args ->
            Dense.build(
                new int[] {((Long) args.get(0)).intValue(), ((Long) args.get(1)).intValue()},
                at -> truth(at[0] == at[1])));
    random(forms);
  }

  private static void random(EntryForms forms) {
    forms.entry(
        "uniform",
        combinations(SEEDS, SHAPES, TYPES),
        args -> {
          boolean wide = args.get(2).equals("FLOAT64");
          long seed = (long) args.get(0);
          return numbered(shape(args, 1), i -> SplitMix.uniform(seed, i, wide));
        });
    forms.entry(
        "normal",
        combinations(SEEDS, SHAPES, TYPES),
        args -> numbered(shape(args, 1), i -> SplitMix.normal((long) args.get(0), i)));
    forms.entry(
        "randint",
        combinations(
            SEEDS,
            List.of(0L, -5L),
            List.of(1L, 7L, 1L << 40, -5L, Long.MAX_VALUE),
            List.of(new long[] {7}, new long[] {2, 2})),
        args -> {
          long low = (long) args.get(1);
          long range = (long) args.get(2) - low;
          return numbered(
              shape(args, 3),
              i -> low + Math.floorMod(SplitMix.hash((long) args.get(0), i) >>> 1, range));
        });
    forms.entry(
        "randperm",
        combinations(SEEDS, List.of(6L, 1L, 0L, -1L)),
        args -> {
          int count = ((Long) args.get(1)).intValue();
          double[] order =
              IntStream.range(0, count)
                  .boxed()
                  .sorted(Comparator.comparing(i -> SplitMix.hash((long) args.get(0), i)))
                  .mapToDouble(Integer::doubleValue)
                  .toArray();
          return new Dense(new int[] {count}, order);
        });
    forms.entry("uniform_like", combinations(POOL, SEEDS), args -> uniform(args, 1));
    forms.entry(
        "normal_like",
        combinations(POOL, SEEDS),
        args -> numbered(dense(args, 0).shape(), i -> SplitMix.normal((long) args.get(1), i)));
    forms.entry(
        "bernoulli",
        combinations(POOL, SEEDS),
        args -> uniform(args, 1).zip(dense(args, 0), (u, p) -> truth(u < p)));
    forms.entry(
        "dropout",
        combinations(POOL, List.of(0.5, 0.0, 0.9, 1.0, -0.5), SEEDS),
        args -> {
          double p = (double) args.get(1);
          return uniform(args, 2).zip(dense(args, 0), (u, x) -> u < p ? 0 : x / (1 - p));
        });
    forms.entry(
        "categorical",
        combinations(
            List.of(FLOATS, CUBE, doubles(5), halves(2, 3), floats(0, 3)), List.of(0L, -1L), SEEDS),
        args -> {
          Dense x = dense(args, 0);
          Dense noisy =
              numbered(x.shape(), i -> SplitMix.gumbel((long) args.get(2), i)).zip(x, Double::sum);
          return noisy.reduce(
              new long[] {(long) args.get(1)},
              false,
              all -> IntStream.range(0, all.length).reduce(0, (a, b) -> all[b] > all[a] ? b : a));
        });
  }

  private static Dense uniform(List<Object> args, int seed) {
    boolean wide = ((Tensor) args.get(0)).dtype() == DType.FLOAT64;
    return numbered(dense(args, 0).shape(), i -> SplitMix.uniform((long) args.get(seed), i, wide));
  }

  private interface Numbered {
    double at(int flat);
  }

  private static Dense numbered(int[] shape, Numbered element) {
    Dense zeros = Dense.build(shape, at -> 0);
    return new Dense(
        shape, IntStream.range(0, zeros.data().length).mapToDouble(element::at).toArray());
  }

  private static int[] shape(List<Object> args, int place) {
    return Arrays.stream((long[]) args.get(place)).mapToInt(Math::toIntExact).toArray();
  }
}
