package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.trace;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.nnsight4j.internal.graph.Beginnings;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Integers that no double represents stay exact. */
final class LargeIntegersTest {
  private static final long LARGE = (1L << 53) + 1;
  private static final long[] NUMBERS = {
    LARGE, -LARGE, LARGE - 1, 6364136223846793005L, -6364136223846793005L, Long.MAX_VALUE, 3, -1
  };
  private static final long[] ELEMENTS = {
    LARGE, -LARGE, LARGE + 1, 6364136223846793005L, 7, -2, 0, Long.MIN_VALUE + 1
  };

  private static Value<Axis> elements(Gpt2 model) {
    return model.transformer().wte().output().get("0, 0").sum().constant(Tensor.of(ELEMENTS, 8));
  }

  private static long[] of(Function<Value<Axis>, Value<?>> body) {
    return Probe.<Saved<?>>trace(model -> body.apply(elements(model)).save()).value().toLongArray();
  }

  private static long product(long one, long other) {
    return one * other;
  }

  private static long truth(boolean truth) {
    return truth ? 1 : 0;
  }

  @Test
  void withANumber() {
    Map<BiFunction<Value<Axis>, Long, Value<?>>, LongBinaryOperator> methods =
        new LinkedHashMap<>();
    methods.put((x, y) -> x.add(y), (x, y) -> x + y);
    methods.put((x, y) -> x.sub(y), (x, y) -> x - y);
    methods.put((x, y) -> x.mul(y), (x, y) -> x * y);
    methods.put((x, y) -> x.mod(y), Math::floorMod);
    methods.put((x, y) -> x.fmod(y), (x, y) -> x % y);
    methods.put((x, y) -> x.floorDivide(y), Math::floorDiv);
    methods.put((x, y) -> x.eq(y), (x, y) -> truth(x == y));
    methods.put((x, y) -> x.neq(y), (x, y) -> truth(x != y));
    methods.put((x, y) -> x.lt(y), (x, y) -> truth(x < y));
    methods.put((x, y) -> x.lte(y), (x, y) -> truth(x <= y));
    methods.put((x, y) -> x.gt(y), (x, y) -> truth(x > y));
    methods.put((x, y) -> x.gte(y), (x, y) -> truth(x >= y));
    methods.put((x, y) -> x.clip(y, Long.MAX_VALUE), Math::max);
    methods.put((x, y) -> x.clip(Long.MIN_VALUE, y), Math::min);
    methods.put((x, y) -> x.bitwiseAnd(y), (x, y) -> x & y);
    methods.put((x, y) -> x.bitwiseOr(y), (x, y) -> x | y);
    methods.put((x, y) -> x.bitwiseXor(y), (x, y) -> x ^ y);
    // The same, with the number as a value.
    methods.put((x, y) -> x.add(x.constant(Tensor.of(new long[] {y}))), (x, y) -> x + y);
    methods.put((x, y) -> x.mul(x.constant(Tensor.of(new long[] {y}))), (x, y) -> x * y);
    methods.put(
        (x, y) -> x.where(x.gt(0L), x.constant(Tensor.of(new long[] {y}))),
        (x, y) -> x > 0 ? x : y);
    int method = 0;
    for (var each : methods.entrySet()) {
      for (long number : NUMBERS) {
        assertWithMessage("method %s with %s", method, number)
            .that(of(x -> each.getKey().apply(x, number)))
            .isEqualTo(
                Arrays.stream(ELEMENTS).map(x -> each.getValue().applyAsLong(x, number)).toArray());
      }
      method++;
    }
    assertThat(of(x -> x.pow(2L))).isEqualTo(Arrays.stream(ELEMENTS).map(x -> x * x).toArray());
  }

  @Test
  void alone() {
    long[] sorted = LongStream.of(ELEMENTS).sorted().toArray();
    assertThat(of(x -> x.sum())).isEqualTo(new long[] {LongStream.of(ELEMENTS).sum()});
    assertThat(of(x -> x.sort(0, false).values())).isEqualTo(sorted);
    assertThat(of(x -> x.max())).isEqualTo(new long[] {sorted[7]});
    assertThat(of(x -> x.topK(8, 0, false).values())).isEqualTo(sorted);
    assertThat(of(x -> x.median(0).values())).isEqualTo(new long[] {sorted[3]});
    assertThat(of(x -> x.cumSum(0).get("2"))).isEqualTo(new long[] {LARGE + 1});
    assertThat(of(x -> x.cumMax(0).values().get("2"))).isEqualTo(new long[] {LARGE + 1});
    assertThat(of(x -> x.get("0:2").prod())).isEqualTo(new long[] {product(-LARGE, LARGE)});
    assertThat(of(x -> x.neg().abs())).isEqualTo(LongStream.of(ELEMENTS).map(Math::abs).toArray());
    assertThat(of(x -> x.expandDims(1).matMul(x.expandDims(0)).get("0, 1")))
        .isEqualTo(new long[] {product(-LARGE, LARGE)});
    assertThat(of(x -> x.zerosLike().scatterAdd(0, x.zerosLike(), x).get("0")))
        .isEqualTo(new long[] {LongStream.of(ELEMENTS).sum()});
    assertThat(of(x -> x.toType(DType.INT64).flip(0).roll(1, 0).get("1")))
        .isEqualTo(new long[] {ELEMENTS[7]});
    assertThat(of(x -> Beginnings.of(x).arange(LARGE, LARGE + 3, 1)))
        .isEqualTo(new long[] {LARGE, LARGE + 1, LARGE + 2});
    assertThat(of(x -> Beginnings.of(x).randint(5, LARGE, LARGE + 1, 2)))
        .isEqualTo(new long[] {LARGE, LARGE});
  }

  @Test
  void seeds() {
    Function<Long, Tensor> drawn =
        seed ->
            Probe.<Saved<?>>trace(m -> Beginnings.of(m.output()).uniform(seed, 3).save()).value();
    assertThat(drawn.apply(LARGE)).isNotEqualTo(drawn.apply(LARGE - 1));
  }

  @Test
  void boundsKeepIntegersExact() {
    assertThat(of(x -> x.clip(-5, 5))).isEqualTo(new long[] {5, -5, 5, 5, 5, -2, 0, -5});
    assertThat(of(x -> x.clip(-5.0, 5.0))).isEqualTo(new long[] {5, -5, 5, 5, 5, -2, 0, -5});
    Saved<?> halves = trace(model -> elements(model).clip(-0.5, 5).save());
    assertThat(halves.value().dtype()).isEqualTo(DType.FLOAT32);
  }

  @Test
  void integersThatNoFloatRepresentsAreRefused() {
    unrecordable(
        model -> model.output().mul(LARGE),
        "mul(9007199254740993) of",
        "no floating number is 9007199254740993; the nearest is 9007199254740992");
    unrecordable(model -> model.output().div(Long.MAX_VALUE), "no floating number is 922337203");
    unrecordable(model -> elements(model).div(LARGE), "no floating number is");
    unrecordable(model -> model.output().gt(LARGE), "no floating number is");
    unrecordable(model -> model.output().clip(0, LARGE), "no floating number is");
    Saved<?> fits = trace(model -> model.output().gt(LARGE - 1).any().save());
    assertThat(fits.value().toLongArray()).isEqualTo(new long[1]);
  }

  @Test
  void fillingWithAnIntegerThatNoDoubleRepresents() {
    unrecordable(
        model -> elements(model).fullLike(LARGE),
        "is given as a double, which is an integer for certain only below 2^53");
    unrecordable(
        model -> elements(model).maskedFill(elements(model).gt(0), LARGE),
        "give a constant of Tensor.of(new long[] {...}), chosen by where(...)");
  }

  @Test
  void written() {
    Saved<?> written =
        trace(
            model -> {
              model.transformer().positionIds().output().set(3L);
              return model.transformer().positionIds().output().save();
            });
    assertThat(written.value().toLongArray()).isEqualTo(new long[] {3, 3, 3, 3, 3, 3});
    unrecordable(
        model -> {
          model.transformer().positionIds().output().set(1e300);
          return model;
        },
        "holds INT64, which is too narrow for it");
  }

  @Test
  void readAsDoubles() {
    Tensor tensor = Tensor.of(new long[] {LARGE, 1L << 60, Long.MAX_VALUE, -LARGE}, 4);
    assertThat(tensor.at(1)).isEqualTo(0x1p60);
    for (int place : new int[] {0, 2, 3}) {
      IllegalStateException error =
          assertThrows(IllegalStateException.class, () -> tensor.get(place));
      assertThat(error).hasMessageThat().contains("which no double is; use toLongArray()");
    }
    assertThat(tensor.toLongArray())
        .isEqualTo(new long[] {LARGE, 1L << 60, Long.MAX_VALUE, -LARGE});
    assertThat(tensor.toDoubleArray()[0]).isEqualTo(0x1p53);
  }
}
