package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.models.gpt2.Probe.floats;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.trace;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Beginnings;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Where numbers end: large integers, NaN, singular matrices, indices that are none. */
final class OperationEdgesTest {
  private static final long LARGE = (1L << 53) + 1;
  private static final Tensor WHOLES =
      Tensor.of(new long[] {Long.MIN_VALUE, -LARGE, 3, LARGE, Long.MAX_VALUE}, 5);

  private static Value<Axis> constant(Gpt2 model, Tensor tensor) {
    return model.transformer().wte().output().get("0, 0").sum().constant(tensor);
  }

  private static Tensor of(Tensor tensor, Function<Value<Axis>, Value<?>> body) {
    return Probe.<Saved<?>>trace(model -> body.apply(constant(model, tensor)).save()).value();
  }

  private static boolean[] truths(Function<Value<Axis>, Value<?>> body) {
    long[] found = of(WHOLES, body).toLongArray();
    boolean[] truths = new boolean[found.length];
    for (int i = 0; i < truths.length; i++) {
      truths[i] = found[i] != 0;
    }
    return truths;
  }

  @Test
  void integersAreComparedExactly() {
    // 2^53 as a double is itself; its neighbour 2^53 + 1 is no double.
    assertThat(truths(x -> x.eq(0x1p53))).isEqualTo(new boolean[5]);
    assertThat(truths(x -> x.gt(0x1p53)))
        .isEqualTo(new boolean[] {false, false, false, true, true});
    assertThat(truths(x -> x.eq(-0x1p63)))
        .isEqualTo(new boolean[] {true, false, false, false, false});
    assertThat(truths(x -> x.eq(0x1p63))).isEqualTo(new boolean[5]);
    assertThat(truths(x -> x.lt(0x1p63))).isEqualTo(new boolean[] {true, true, true, true, true});
    assertThat(truths(x -> x.lt(2.5))).isEqualTo(new boolean[] {true, true, false, false, false});
    assertThat(truths(x -> x.gte(Double.NEGATIVE_INFINITY)))
        .isEqualTo(new boolean[] {true, true, true, true, true});
    assertThat(truths(x -> x.eq(Double.NaN))).isEqualTo(new boolean[5]);
    assertThat(truths(x -> x.toType(DType.INT32).lt(1L << 40)))
        .isEqualTo(new boolean[] {true, true, true, true, true});
  }

  @Test
  void integerDivisionNeverEndsTheProcess() {
    // The processor's own division of these two ends the process.
    assertThat(of(WHOLES, x -> x.floorDivide(-1)).toLongArray()[0]).isEqualTo(Long.MIN_VALUE);
    assertThat(of(WHOLES, x -> x.mod(-1)).toLongArray()).isEqualTo(new long[5]);
    Tensor minusOne = Tensor.of(new long[] {-1, -1, -1, -2, 5}, 5);
    assertThat(of(WHOLES, x -> x.floorDivide(x.constant(minusOne))).toLongArray())
        .isEqualTo(
            new long[] {Long.MIN_VALUE, LARGE, -3, Math.floorDiv(LARGE, -2), Long.MAX_VALUE / 5});
    assertThat(of(WHOLES, x -> x.fmod(x.constant(minusOne))).toLongArray())
        .isEqualTo(new long[] {0, 0, 0, LARGE % -2, Long.MAX_VALUE % 5});
    Tensor zeros = Tensor.of(new long[5], 5);
    refused(
        RunException.class,
        () -> of(WHOLES, x -> x.mod(x.constant(zeros))),
        "mod failed in the engine: ",
        "ZeroDivision",
        "(at OperationEdgesTest.java:");
    unrecordable(model -> constant(model, WHOLES).floorDivide(0), "cannot be divided by 0");
    unrecordable(model -> constant(model, WHOLES).pow(-2), "no power -2");
  }

  static Stream<Function<Value<Axis>, Value<?>>> impossible() {
    return Stream.of(
        x -> x.inverse(),
        x -> x.solve(x.constant(Tensor.of(new double[] {1, 2}, 2))),
        x -> x.cholesky());
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("impossible")
  void singularMatricesAreAnError(Function<Value<Axis>, Value<?>> body) {
    Tensor singular = Tensor.of(new double[] {1, 2, 2, 4}, 2, 2);
    refused(RunException.class, () -> of(singular, body), "failed in the engine");
  }

  @Test
  void matricesThatAreNotFiniteGiveNoNumbers() {
    for (double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Tensor matrix = Tensor.of(new double[] {wrong, 1, 1, 1}, 2, 2);
      for (double each : of(matrix, x -> x.eigh().values()).toDoubleArray()) {
        assertThat(each).isNaN();
      }
    }
    Tensor infinite = Tensor.of(new double[] {Double.POSITIVE_INFINITY, 1, 1, 1}, 2, 2);
    for (double each : of(infinite, x -> x.svd().u()).toDoubleArray()) {
      assertThat(each).isNaN();
    }
  }

  /** The factors belong together, signs too. */
  @Test
  void factorsMultiplyToTheMatrix() {
    Tensor matrix = floats(new long[] {4, 3}, 1, 2, 0, -1, 3, 1, 0.5, 0, 2, 1, 1, -2);
    Probe.assertClose(
        "svd",
        of(
            matrix,
            x -> {
              var svd = x.svd();
              return svd.u().mul(svd.s().expandDims(0)).matMul(svd.vh());
            }),
        matrix,
        1e-5);
    Probe.assertClose(
        "qr",
        of(
            matrix,
            x -> {
              var qr = x.qr();
              return qr.q().matMul(qr.r());
            }),
        matrix,
        1e-5);
    Tensor zeros =
        of(
            matrix,
            x -> {
              Value<Axis> square = x.transpose().matMul(x);
              var eigh = square.eigh();
              return square
                  .matMul(eigh.vectors())
                  .sub(eigh.vectors().mul(eigh.values().expandDims(0)));
            });
    for (double each : zeros.toDoubleArray()) {
      assertThat(each).isWithin(1e-4).of(0);
    }
  }

  static Stream<Function<Value<Axis>, Value<?>>> outside() {
    Tensor index = Tensor.of(new long[] {7}, 1);
    Tensor one = Tensor.of(new long[] {1}, 1);
    return Stream.of(
        x -> x.gather(0, x.constant(index)),
        x -> x.take(0, x.constant(index)),
        x -> x.takeAlong(0, x.constant(index)),
        x -> x.scatter(0, x.constant(index), x.constant(one)),
        x -> x.scatterAdd(0, x.constant(index), x.constant(one)),
        x -> x.scatter(0, x.constant(index), 1),
        x -> x.indexAdd(0, x.constant(index), x.constant(one)),
        x -> x.indexCopy(0, x.constant(index), x.constant(one)),
        x -> x.indexFill(0, x.constant(index), 1),
        x -> x.constant(index).oneHot(7),
        x -> x.toType(DType.FLOAT32).expandDims(0).crossEntropy(x.constant(index), "mean"));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("outside")
  void indicesOutsideAreErrors(Function<Value<Axis>, Value<?>> body) {
    refused(RunException.class, () -> of(WHOLES, body), "failed in the engine");
  }

  @Test
  void theLargestNumberOfATypeFillsAndNoLarger() {
    Tensor half = OperationTest.run("cast", List.of(floats(1, 2), "FLOAT16"));
    Tensor brain = OperationTest.run("cast", List.of(floats(1, 2), "BFLOAT16"));
    double largest = -Float.MAX_VALUE;
    assertThat(of(floats(1, 2), x -> x.maskedFill(x.gt(1), largest)).at(1)).isEqualTo(largest);
    assertThat(of(half, x -> x.maskedFill(x.gt(1), -65504)).at(1)).isEqualTo(-65504);
    assertThat(of(brain, x -> x.maskedFill(x.gt(1), 0x1.FEp127)).at(1)).isEqualTo(0x1.FEp127);
    unrecordable(
        model -> {
          Value<Axis> x = constant(model, half);
          return x.maskedFill(x.gt(1), largest);
        },
        "FLOAT16 cannot hold");
  }

  @Test
  void aRangeEndsWhereItSays() {
    unrecordable(
        model -> constant(model, WHOLES).get(Slice.range(1, Long.MAX_VALUE)), "leave out the end");
    assertThat(of(WHOLES, x -> x.get("3:")).toLongArray())
        .isEqualTo(new long[] {LARGE, Long.MAX_VALUE});
  }

  @Test
  void numbersAreCreatedWithoutAnOperand() {
    record Begun(List<Saved<?>> saved) {}
    Begun begun =
        trace(
            model -> {
              var creation = Beginnings.of(model.transformer().wte().output());
              return new Begun(
                  List.of(
                      creation.zeros(2).save(),
                      creation.ones(2, 1).save(),
                      creation.arange(3).save(),
                      creation.eye(2).save(),
                      creation.permutation(1, 0).save()));
            });
    List<Tensor> found = begun.saved.stream().<Tensor>map(saved -> saved.value()).toList();
    assertThat(found.get(0)).isEqualTo(floats(0, 0));
    assertThat(found.get(1)).isEqualTo(floats(new long[] {2, 1}, 1, 1));
    assertThat(found.get(2).toLongArray()).isEqualTo(new long[] {0, 1, 2});
    assertThat(found.get(3)).isEqualTo(floats(new long[] {2, 2}, 1, 0, 0, 1));
    assertThat(found.get(4).size()).isEqualTo(0);
    assertWithMessage("shape").that(Arrays.toString(found.get(4).shape())).isEqualTo("[0]");
    unrecordable(
        model -> Beginnings.of(model.transformer().wte().output()).zeros(2, -1),
        "full",
        "lengths from 0");
  }
}
