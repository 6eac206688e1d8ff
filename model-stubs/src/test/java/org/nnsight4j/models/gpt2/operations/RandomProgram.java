package org.nnsight4j.models.gpt2.operations;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A program of random operations on some given tensors: each step takes an operation, arguments of
 * its table, and earlier results in place of the table's tensors. Steps whose rule refuses them,
 * whose numbers would grow, or which need what only numbers decide, are not taken.
 */
final class RandomProgram {
  /** One step: its operands are places of earlier results. */
  record Step(Op op, List<Object> args) {}

  /** An operand that is an earlier result. */
  record Place(int index) {}

  private static final double LARGEST = 30;
  private static final int MOST_ELEMENTS = 400;

  /**
   * What depends on numbers: divisors that are not 0, matrices of full rank, probabilities, sorted
   * vectors. And what random numbers of the same seed decide by one bit.
   */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "floor_divide",
          "remainder",
          "fmod",
          "floor_divide_real",
          "remainder_real",
          "fmod_real",
          "floor_divide_int",
          "remainder_int",
          "fmod_int",
          "pow",
          "inv",
          "pinv",
          "solve",
          "cholesky",
          "slogdet_log",
          "slogdet_sign",
          "eigh_vectors",
          "qr_q",
          "qr_r",
          "svd_u",
          "svd_vh",
          "searchsorted",
          "categorical",
          "bernoulli",
          "at",
          "put_at",
          "fill_padding",
          "mean_tokens",
          "get",
          "put",
          "one_hot",
          "cross_entropy",
          "nll",
          "topk_indices",
          "shift_left");

  private final Random random;
  private final List<Step> steps = new ArrayList<>();
  private final List<Tensor> tensors;
  private final boolean differentiable;

  /**
   * @param given what the program starts from
   * @param differentiable only steps through which gradients flow smoothly
   */
  RandomProgram(long seed, List<Tensor> given, boolean differentiable, int length) {
    this.random = new Random(seed);
    this.tensors = new ArrayList<>(given);
    this.differentiable = differentiable;
    List<Op> ops =
        OpTable.all().stream()
            .filter(op -> !LEFT_OUT.contains(op.name()))
            .filter(op -> !differentiable || op.isDifferentiable())
            .toList();
    for (int tries = 0; steps.size() < length && tries < 5000; tries++) {
      add(ops.get(random.nextInt(ops.size())));
    }
  }

  List<Step> steps() {
    return steps;
  }

  private void add(Op op) {
    List<List<Object>> cases = OperationTable.ENTRIES.get(op.name()).cases();
    List<Object> sample = cases.get(random.nextInt(cases.size()));
    List<Object> args = new ArrayList<>();
    for (int i = 0; i < sample.size(); i++) {
      args.add(operand(sample.get(i)));
    }
    List<Object> resolved = args.stream().map(arg -> resolved(arg, tensors)).toList();
    try {
      Meta meta = OperationTest.predict(op.name(), resolved);
      if (meta.dtype().bytes() == 2
          || meta.dims().count() > MOST_ELEMENTS
          || (differentiable && meta.dtype() != DType.FLOAT64)
          || !indicesFit(op, resolved)
          || !UserMethods.says(op, resolved)) {
        return;
      }
    } catch (ShapeException e) {
      return;
    }
    Tensor result = OperationTest.run(op.name(), resolved);
    if (result.size() > 0 && Arrays.stream(result.toDoubleArray()).allMatch(RandomProgram::tame)) {
      steps.add(new Step(op, args));
      tensors.add(result);
    }
  }

  private static boolean tame(double number) {
    return Math.abs(number) <= LARGEST;
  }

  /** The later a result, the more often it is used. */
  private Object operand(Object sample) {
    if (sample instanceof List<?> list) {
      return list.stream().map(this::operand).toList();
    } else if (!(sample instanceof Tensor)) {
      return sample;
    }
    int size = tensors.size();
    return new Place(Math.max(random.nextInt(size), random.nextInt(size)));
  }

  static Object resolved(Object arg, List<?> results) {
    if (arg instanceof List<?> list) {
      return list.stream().map(each -> resolved(each, results)).toList();
    }
    return arg instanceof Place place ? results.get(place.index()) : arg;
  }

  /** An index is of integers of the axis. */
  private static boolean indicesFit(Op op, List<Object> args) {
    if (!op.signature().contains("index: Tensor")) {
      return true;
    }
    Tensor x = (Tensor) args.get(0);
    Tensor index = (Tensor) args.get(2);
    long length = x.shape(((Long) args.get(1)).intValue());
    // What is written twice is any of both.
    boolean once = op.name().equals("scatter") || op.name().equals("index_copy");
    return index.dtype() == DType.INT64
        && Arrays.stream(index.toLongArray()).allMatch(i -> i >= 0 && i < length)
        && !(once && index.size() > 1);
  }

  /** Records the program; gives the results of all steps. */
  List<Value<?>> record(List<Value<?>> given) {
    List<Value<?>> results = new ArrayList<>(given);
    for (Step step : steps) {
      List<Object> args = step.args.stream().map(arg -> resolved(arg, results)).toList();
      results.add(UserMethods.call(step.op, given.get(0), args));
    }
    return results;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      int place = tensors.size() - steps.size() + i;
      text.append(
          "\n  %s: %s %s = %s"
              .formatted(place, steps.get(i).op, steps.get(i).args, tensors.get(place)));
    }
    return text.toString();
  }
}
