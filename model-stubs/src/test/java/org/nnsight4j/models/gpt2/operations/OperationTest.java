package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;

/**
 * Every operation against plain Java, on every choice of arguments that its rule accepts: what the
 * rule accepts must run, and shape, data type and numbers must be those that were predicted.
 */
final class OperationTest {
  static Stream<String> operations() {
    return OpTable.all().stream().map(Op::name);
  }

  @Test
  void tableHasNoOperationThatDoesNotExist() {
    assertThat(OperationTable.ENTRIES.keySet()).containsExactlyElementsIn(operations().toList());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void equalsPlainJava(String op) {
    OperationTable.Entry entry = OperationTable.ENTRIES.get(op);
    assertWithMessage("entry of the table").that(entry).isNotNull();
    int accepted = 0;
    for (List<Object> args : entry.cases()) {
      Meta predicted;
      try {
        predicted = predict(op, args);
      } catch (ShapeException e) {
        continue;
      }
      accepted++;
      Tensor found = run(op, args);
      check(
          new Described(op, args), predicted, found, signed(op, found, entry.reference().of(args)));
    }
    assertWithMessage("cases that the rule accepts").that(accepted).isAtLeast(2);
  }

  /**
   * What a rule accepts of known lengths it accepts of unknown ones, and promises no other shape.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void lengthsMayBeUnknown(String op) {
    for (List<Object> args : OperationTable.ENTRIES.get(op).cases()) {
      Meta known;
      try {
        known = predict(op, args);
      } catch (ShapeException e) {
        continue;
      }
      Meta unknown = predict(op, args, OperationTest::forgotten);
      assertWithMessage("%s: data type", new Described(op, args))
          .that(unknown.dtype())
          .isEqualTo(known.dtype());
      assertWithMessage("%s: %s and %s", new Described(op, args), unknown, known)
          .that(unknown.dims().conflicts(known.dims()))
          .isFalse();
    }
  }

  /** A server prices what it does not know by bounds, so that none may be missing or too small. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void lengthsThatAreNotKnownAreBounded(String op) {
    for (List<Object> args : OperationTable.ENTRIES.get(op).cases()) {
      Meta known;
      try {
        known = predict(op, args);
      } catch (ShapeException e) {
        continue;
      }
      for (long slack : new long[] {0, 3}) {
        Meta bounded = predict(op, args, dims -> bounded(dims, slack));
        for (int axis = 0; axis < known.dims().rank(); axis++) {
          long most = bounded.dims().get(axis).most();
          assertWithMessage("%s: axis %s of %s", new Described(op, args), axis, known)
              .that(most)
              .isAtLeast(known.dims().get(axis).size());
          assertWithMessage("%s: axis %s of %s", new Described(op, args), axis, known)
              .that(most)
              .isLessThan(1_000_000);
        }
      }
    }
  }

  private static Dims bounded(Dims dims, long slack) {
    return new Dims(dims.axes().stream().map(axis -> Dim.upTo(axis.size() + slack)).toList());
  }

  private static Dims forgotten(Dims dims) {
    return new Dims(dims.axes().stream().map(axis -> Dim.unknown("axis")).toList());
  }

  /** A factor's vectors may be turned around; expected is what is turned as found. */
  private static Dense signed(String op, Tensor found, Dense expected) {
    boolean columns = List.of("eigh_vectors", "qr_q", "svd_u").contains(op);
    if (!columns && !List.of("qr_r", "svd_vh").contains(op)) {
      return expected;
    }
    Dense there = Dense.of(found);
    long[] vectors = {columns ? -2 : -1};
    Dense along =
        there
            .zip(expected, (x, y) -> x * y)
            .reduce(vectors, true, products -> Math.signum(Arrays.stream(products).sum()));
    return expected.zip(along, (x, sign) -> x * sign);
  }

  private static void check(Described what, Meta predicted, Tensor found, Dense expected) {
    assertWithMessage("%s: data type", what).that(found.dtype()).isEqualTo(predicted.dtype());
    assertWithMessage("%s: shape", what)
        .that(Dims.of(found.shape()).conflicts(predicted.dims()) || !predicted.dims().isKnown())
        .isFalse();
    assertWithMessage("%s: shape", what)
        .that(found.shape())
        .isEqualTo(Arrays.stream(expected.shape()).asLongStream().toArray());
    double tolerance =
        switch (found.dtype()) {
          case FLOAT16, BFLOAT16 -> 2e-2;
          case FLOAT32 -> 2e-5;
          case FLOAT64 -> 1e-9;
          default -> 0;
        };
    double[] numbers = found.toDoubleArray();
    for (int i = 0; i < numbers.length; i++) {
      double wanted = expected.data()[i];
      boolean same =
          Double.compare(numbers[i], wanted) == 0
              || Math.abs(numbers[i] - wanted) <= tolerance * Math.max(1, Math.abs(wanted))
              || (Double.isInfinite(wanted) && numbers[i] == wanted);
      if (!same) {
        assertWithMessage("%s: element %s is %s, not %s", what, i, numbers[i], wanted).fail();
      }
    }
  }

  static Meta predict(String op, List<Object> args) {
    return predict(op, args, dims -> dims);
  }

  private static Meta predict(String op, List<Object> args, UnaryOperator<Dims> seen) {
    List<Tensor> tensors = new ArrayList<>();
    List<Arg> graphArgs = args.stream().map(arg -> graphArg(arg, tensors)).toList();
    OpTable.get(op).checkArgs(graphArgs);
    return OpTable.get(op)
        .infer(
            new OpInputs(
                graphArgs,
                node ->
                    new Meta(
                        seen.apply(Dims.of(tensors.get(node).shape())),
                        tensors.get(node).dtype())));
  }

  private static Arg graphArg(Object arg, List<Tensor> tensors) {
    if (arg instanceof Tensor tensor) {
      tensors.add(tensor);
      return new Arg.Ref(tensors.size() - 1);
    } else if (arg instanceof List<?> list) {
      return new Arg.Refs(
          list.stream().map(each -> ((Arg.Ref) graphArg(each, tensors)).node()).toList());
    } else if (arg instanceof Long whole) {
      return new Arg.Int(whole);
    } else if (arg instanceof long[] wholes) {
      return Arg.Ints.of(wholes);
    } else if (arg instanceof Double real) {
      return new Arg.Real(real);
    } else if (arg instanceof Boolean flag) {
      return new Arg.Flag(flag);
    }
    return new Arg.Text((String) arg);
  }

  /** One operation, in the engine. */
  static Tensor run(String op, List<Object> args) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open()) {
      Object[] values = args.stream().map(arg -> engineArg(arena, arg)).toArray();
      NDArray result = TorchOps.get().call(arena, TorchOps.scriptName(op), values);
      return Transfer.toHost(arena, result);
    } catch (RuntimeException e) {
      throw new AssertionError(new Described(op, args) + " is accepted, but does not run", e);
    }
  }

  private static Object engineArg(Arena arena, Object arg) {
    if (arg instanceof Tensor tensor) {
      return Transfer.toEngine(arena, tensor);
    }
    return arg instanceof List<?> list
        ? list.stream().map(each -> Transfer.toEngine(arena, (Tensor) each)).toList()
        : arg;
  }
}
