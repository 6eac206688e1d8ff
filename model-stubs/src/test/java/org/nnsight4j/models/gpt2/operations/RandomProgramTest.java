package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertWithMessage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.models.gpt2.operations.RandomProgram.Step;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Random programs on sites of the model: every result is what plain Java gives for the results
 * before it, and gradients are central differences.
 */
final class RandomProgramTest {
  private static final int PROGRAMS = 300;
  private static final int GRADIENTS = 60;

  /** As many of each by day, the others by night. */
  private static final int PROGRAMS_BY_DAY = 90;

  private static final int GRADIENTS_BY_DAY = 20;
  private static final double STEP = 1e-5;
  private static final Map<Long, RandomProgram> PROGRAM = new HashMap<>();
  private static final List<Tensor> SITES =
      Probe.trace(RandomProgramTest::saved).stream().map(Saved::value).toList();

  private static final Batches RESULTS =
      new Batches(30, PROGRAMS, RandomProgramTest::recorded, new HashMap<>());
  private static final Batches GRADIENT_RESULTS =
      new Batches(
          20, GRADIENTS, (seed, model) -> new GradientProgram(seed).record(model), new HashMap<>());

  static LongStream programs() {
    return LongStream.range(0, PROGRAMS_BY_DAY);
  }

  static LongStream programsByNight() {
    return LongStream.range(PROGRAMS_BY_DAY, PROGRAMS);
  }

  static LongStream gradients() {
    return LongStream.range(0, GRADIENTS_BY_DAY);
  }

  static LongStream gradientsByNight() {
    return LongStream.range(GRADIENTS_BY_DAY, GRADIENTS);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("programsByNight")
  @Tag("nightly")
  void everyResultOfMoreProgramsEqualsPlainJava(long seed) {
    everyResultEqualsPlainJava(seed);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("programs")
  void everyResultEqualsPlainJava(long seed) {
    RandomProgram program = program(seed);
    List<Tensor> results = RESULTS.of(seed);
    int first = results.size() - program.steps().size();
    for (int i = 0; i < program.steps().size(); i++) {
      Step step = program.steps().get(i);
      List<Object> args =
          step.args().stream().map(arg -> RandomProgram.resolved(arg, results)).toList();
      Dense expected = OperationTable.ENTRIES.get(step.op().name()).reference().of(args);
      compare(new Result(seed, first + i, step.op(), args, program), results, expected);
    }
  }

  /** A generator that takes a few operations only would prove little. */
  @Test
  void programsAreLongAndTakeManyOperations() {
    takesOperations(PROGRAMS_BY_DAY, 150);
  }

  @Test
  @Tag("nightly")
  void allProgramsTakeMostOperations() {
    takesOperations(PROGRAMS, 180);
  }

  private static void takesOperations(int programs, int least) {
    Set<String> used = new HashSet<>();
    for (long seed = 0; seed < programs; seed++) {
      List<Step> steps = program(seed).steps();
      assertWithMessage("steps of seed %s", seed).that(steps.size()).isAtLeast(5);
      steps.forEach(step -> used.add(step.op().name()));
    }
    assertWithMessage("operations used: %s", used).that(used.size()).isAtLeast(least);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("gradientsByNight")
  @Tag("nightly")
  void moreGradientsEqualCentralDifferences(long seed) {
    gradientsEqualCentralDifferences(seed);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("gradients")
  void gradientsEqualCentralDifferences(long seed) {
    GradientProgram program = new GradientProgram(seed);
    double[] slope = slope(seed);
    if (slope.length > 0) {
      assertWithMessage("seed %s, element %s%s", seed, program.probed, program.program)
          .that(GRADIENT_RESULTS.of(seed).get(0).at(program.probed))
          .isWithin(1e-4 * Math.max(1, Math.abs(slope[0])))
          .of(slope[0]);
    }
  }

  @Test
  void mostGradientsAreCompared() {
    isMostOf(gradients(), GRADIENTS_BY_DAY);
  }

  @Test
  @Tag("nightly")
  void mostGradientsByNightAreCompared() {
    isMostOf(gradientsByNight(), GRADIENTS - GRADIENTS_BY_DAY);
  }

  private static void isMostOf(LongStream seeds, int all) {
    long compared = seeds.filter(seed -> slope(seed).length > 0).count();
    assertWithMessage("compared").that(compared).isAtLeast(all * 9L / 10);
  }

  /** The slope of the loss; empty at a kink, where there is none. */
  private static double[] slope(long seed) {
    double[] losses =
        GRADIENT_RESULTS.of(seed).stream().skip(1).mapToDouble(Tensor::item).toArray();
    double above = (losses[0] - losses[1]) / STEP;
    double below = (losses[1] - losses[2]) / STEP;
    double slope = (above + below) / 2;
    boolean kink = Math.abs(above - below) > 1e-2 * Math.max(1, Math.abs(slope));
    return kink ? new double[0] : new double[] {slope};
  }

  /** One trace for many programs, or for one alone if one of them fails. */
  private record Batches(
      int size,
      int all,
      BiFunction<Long, Gpt2, List<Value<?>>> recorded,
      Map<Long, List<Tensor>> done) {
    List<Tensor> of(long seed) {
      if (!done.containsKey(seed)) {
        try {
          run(seed / size * size, Math.min(all, (seed / size + 1) * size));
        } catch (RuntimeException e) {
          run(seed, seed + 1);
        }
      }
      return done.get(seed);
    }

    private void run(long begin, long end) {
      List<List<Saved<?>>> saved =
          Probe.trace(
              model -> {
                List<List<Saved<?>>> each = new ArrayList<>();
                for (long seed = begin; seed < end; seed++) {
                  List<Saved<?>> kept = new ArrayList<>();
                  recorded.apply(seed, model).forEach(value -> kept.add(value.save()));
                  each.add(kept);
                }
                return each;
              });
      for (long seed = begin; seed < end; seed++) {
        List<Saved<?>> kept = saved.get((int) (seed - begin));
        done.put(seed, kept.stream().<Tensor>map(Saved::value).toList());
      }
    }
  }

  private static List<Value<?>> recorded(long seed, Gpt2 model) {
    List<Value<?>> given = new ArrayList<>(sites(model));
    constants(seed).forEach(tensor -> given.add(given.get(0).constant(tensor)));
    return program(seed).record(given);
  }

  /** A program of two constants, and the element of the first whose slope is looked at. */
  private static final class GradientProgram {
    private final Tensor x;
    private final Tensor y;
    private final RandomProgram program;
    private final int probed;

    GradientProgram(long seed) {
      Random random = new Random(seed);
      this.x = Tensor.of(random.doubles(6, -2, 2).toArray(), 2, 3);
      this.y = Tensor.of(random.doubles(6, -2, 2).toArray(), 2, 3);
      this.program = new RandomProgram(seed, List.of(x, y), true, 3 + random.nextInt(10));
      this.probed = random.nextInt(x.size());
    }

    /** The gradient, and the loss a step above, in the middle and a step below. */
    List<Value<?>> record(Gpt2 model) {
      Value<?> any = model.transformer().wte().output();
      Value<?> start = any.constant(x);
      List<Value<?>> results = new ArrayList<>();
      results.add(start.gradient(loss(start, any.constant(y))));
      for (double by : new double[] {STEP, 0, -STEP}) {
        double[] moved = x.toDoubleArray();
        moved[probed] += by;
        results.add(loss(any.constant(Tensor.of(moved, x.shape())), any.constant(y)));
      }
      return results;
    }

    /** All results count, each by the mean of its squares. */
    private Value<?> loss(Value<?> first, Value<?> second) {
      List<Value<?>> results = program.record(List.of(first, second));
      Value<?> loss = results.get(0).square().mean();
      for (Value<?> each : results) {
        loss = sum(loss, each.square().mean());
      }
      return loss;
    }
  }

  @SuppressWarnings("unchecked")
  private static Value<?> sum(Value<?> left, Value<?> right) {
    return ((Value<Object>) left).add((Value<Object>) right);
  }

  private static RandomProgram program(long seed) {
    return PROGRAM.computeIfAbsent(seed, RandomProgramTest::generated);
  }

  private static RandomProgram generated(long seed) {
    List<Tensor> given = new ArrayList<>(SITES);
    given.addAll(constants(seed));
    return new RandomProgram(seed, given, false, 5 + new Random(seed).nextInt(21));
  }

  /** Small parts of sites, of several ranks. */
  private static List<Value<?>> sites(Gpt2 model) {
    return List.of(
        model.transformer().h(1).output(0).get("0, :3, :4"),
        model.transformer().h(2).attn().pattern().output().get("0, 0, :, :"),
        model.transformer().h(3).mlp().act().output().get("0, -1, :3"));
  }

  private static List<Saved<?>> saved(Gpt2 model) {
    List<Saved<?>> saved = new ArrayList<>();
    sites(model).forEach(value -> saved.add(value.save()));
    return saved;
  }

  private static List<Tensor> constants(long seed) {
    Random random = new Random(seed);
    return List.of(
        Tensor.of(random.doubles(12, -2, 2).toArray(), 3, 4),
        Tensor.of(random.longs(4, -3, 4).toArray(), 4),
        Tensor.of(new long[] {random.nextInt(3), 1}, 2),
        Tensor.of(new long[] {0, 1, 1, 0}, 2, 2),
        Tensor.of(new boolean[] {true, false, random.nextBoolean()}, 3, 1));
  }

  /** What is compared, written only when it differs. */
  private record Result(long seed, int place, Op op, List<Object> args, RandomProgram program) {
    @Override
    public String toString() {
      return "seed %s, result %s, %s%s of%s".formatted(seed, place, op, args, program);
    }
  }

  private static void compare(Result what, List<Tensor> results, Dense expected) {
    Tensor found = results.get(what.place());
    assertWithMessage("shape of %s", what)
        .that(found.shape())
        .isEqualTo(Arrays.stream(expected.shape()).asLongStream().toArray());
    double tolerance =
        found.dtype() == DType.FLOAT64 ? 1e-9 : found.dtype().isFloating() ? 1e-4 : 0;
    for (int i = 0; i < found.size(); i++) {
      double wanted = expected.data()[i];
      assertWithMessage("element %s of %s", i, what)
          .that(found.at(i))
          .isWithin(tolerance * Math.max(1, Math.abs(wanted)))
          .of(wanted);
    }
  }
}
