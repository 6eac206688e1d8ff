package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Whether gradients flow through an operation is what its entry says, asked of the engine; and
 * where they do, they are the central differences of the operation itself, in doubles.
 */
final class OperationGradientTest {
  private static final double STEP = 1e-6;

  /** How many cases of an operation, and elements of an operand. */
  private record Amount(int cases, int elements) {}

  private static final Amount BY_DAY = new Amount(16, 3);
  private static final Amount BY_NIGHT = new Amount(60, 6);

  static Stream<Op> withTensors() {
    return OpTable.all().stream().filter(op -> op.signature().contains("Tensor"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withTensors")
  void gradientsFlowWhereTheEntrySaysSo(Op op) {
    gradientsFlow(op, BY_DAY);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withTensors")
  @Tag("nightly")
  void gradientsOfMoreCasesFlowToo(Op op) {
    gradientsFlow(op, BY_NIGHT);
  }

  private static void gradientsFlow(Op op, Amount amount) {
    int flowing = 0;
    int compared = 0;
    for (List<Object> args : doubled(op, amount.cases())) {
      try (ThreadMode mode = ThreadMode.enter(true);
          Arena arena = Arena.open()) {
        List<NDArray> leaves = new ArrayList<>();
        NDArray result = call(arena, op, args, leaves);
        if (leaves.isEmpty()) {
          continue;
        }
        boolean flows = TorchOps.get().number("has_gradient", result) == 1;
        assertWithMessage("%s: gradients flow", new Described(op.name(), args))
            .that(flows)
            .isEqualTo(op.isDifferentiable() && Transfer.dtype(result).isFloating());
        flowing++;
        if (flows && Transfer.dtype(result) == DType.FLOAT64) {
          compared += compare(arena, op, args, leaves, result, amount.elements());
        }
      }
    }
    boolean floating = op.isDifferentiable();
    if (floating) {
      assertWithMessage("cases with gradients").that(flowing).isGreaterThan(0);
      assertWithMessage("numbers compared").that(compared).isGreaterThan(0);
    }
  }

  /** The accepted cases, with doubles in place of all other floating tensors. */
  private static List<List<Object>> doubled(Op op, int most) {
    List<List<Object>> cases = new ArrayList<>();
    List<List<Object>> all = OperationTable.ENTRIES.get(op.name()).cases();
    int skip = Math.max(1, all.size() / (4 * most));
    for (int i = 0; i < all.size() && cases.size() < most; i += skip) {
      List<Object> args = all.get(i).stream().map(OperationGradientTest::doubled).toList();
      try {
        OperationTest.predict(op.name(), args);
        cases.add(args);
      } catch (ShapeException e) {
        // Not accepted.
      }
    }
    return cases;
  }

  private static Object doubled(Object arg) {
    if (arg instanceof List<?> list) {
      return list.stream().map(OperationGradientTest::doubled).toList();
    }
    return arg instanceof Tensor tensor && tensor.dtype().isFloating()
        ? Tensor.of(tensor.toDoubleArray(), tensor.shape())
        : arg;
  }

  private static NDArray call(Arena arena, Op op, List<Object> args, List<NDArray> leaves) {
    Object[] values = args.stream().map(arg -> leaf(arena, arg, leaves)).toArray();
    return TorchOps.get().call(arena, TorchOps.scriptName(op.name()), values);
  }

  private static Object leaf(Arena arena, Object arg, List<NDArray> leaves) {
    if (arg instanceof List<?> list) {
      return list.stream().map(each -> leaf(arena, each, leaves)).toList();
    } else if (!(arg instanceof Tensor)) {
      return arg;
    }
    Tensor tensor = (Tensor) arg;
    NDArray array = Transfer.toEngine(arena, tensor);
    if (tensor.dtype() != DType.FLOAT64) {
      return array;
    }
    NDArray leaf = TorchOps.get().call(arena, "leaf", array);
    leaves.add(leaf);
    return leaf;
  }

  private static int compare(
      Arena arena, Op op, List<Object> args, List<NDArray> leaves, NDArray result, int elements) {
    TorchOps ops = TorchOps.get();
    Tensor plain = Transfer.toHost(arena, ops.call(arena, "detach", result));
    double[] weights = new Random(plain.size()).doubles(plain.size(), -1, 1).toArray();
    NDArray seed = Transfer.toEngine(arena, Tensor.of(weights, plain.shape()));
    List<NDArray> seeds =
        List.of(ops.call(arena, TorchOps.scriptName("cast"), seed, plain.dtype().name()));
    List<Tensor> operands = tensors(args);
    int compared = 0;
    for (int which = 0; which < leaves.size(); which++) {
      Tensor gradient =
          Transfer.toHost(
              arena,
              ops.call(arena, "gradients", List.of(result), seeds, leaves.get(which), false));
      Tensor operand = operands.get(which);
      for (int i = 0; i < Math.min(elements, operand.size()); i++) {
        double[] up = values(op, replaced(args, operand, i, STEP));
        double[] down = values(op, replaced(args, operand, i, -STEP));
        double above = slope(weights, plain, up, STEP);
        double below = slope(weights, plain, down, -STEP);
        double slope = (above + below) / 2;
        // Not at a kink, a jump or where the numbers are not finite.
        boolean smooth =
            Math.abs(above - below) <= 1e-2 * Math.max(1, Math.abs(slope))
                && Math.abs(slope) < 1e-2 / STEP;
        if (!smooth || !Double.isFinite(gradient.at(i)) || Math.abs(operand.at(i)) > 1e6) {
          continue;
        }
        Described what = new Described(op.name(), args);
        assertWithMessage("%s: operand %s, element %s", what, which, i)
            .that(gradient.at(i))
            .isWithin(2e-4 * Math.max(1, Math.abs(slope)))
            .of(slope);
        compared++;
      }
    }
    return compared;
  }

  private static List<Tensor> tensors(List<Object> args) {
    return args.stream()
        .flatMap(arg -> arg instanceof List<?> list ? list.stream() : Stream.of(arg))
        .filter(arg -> arg instanceof Tensor tensor && tensor.dtype() == DType.FLOAT64)
        .map(Tensor.class::cast)
        .toList();
  }

  private static List<Object> replaced(List<Object> args, Tensor operand, int place, double by) {
    double[] moved = operand.toDoubleArray();
    moved[place] += by;
    Tensor other = Tensor.of(moved, operand.shape());
    return args.stream().<Object>map(arg -> replaced(arg, operand, other)).toList();
  }

  private static Object replaced(Object arg, Tensor operand, Tensor other) {
    if (arg instanceof List<?> list) {
      return list.stream().map(each -> replaced(each, operand, other)).toList();
    }
    return arg == operand ? other : arg;
  }

  private static double[] values(Op op, List<Object> args) {
    return OperationTest.run(op.name(), args).toDoubleArray();
  }

  private static double slope(double[] weights, Tensor middle, double[] moved, double step) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * (moved[i] - middle.at(i)) / step;
    }
    return sum;
  }
}
