package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.Samples.brains;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;
import static org.nnsight4j.models.gpt2.operations.Samples.shorts;
import static org.nnsight4j.models.gpt2.operations.Samples.truths;
import static org.nnsight4j.models.gpt2.operations.Samples.wholes;

import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.nnsight4j.models.gpt2.operations.OperationTable.Entry;
import org.nnsight4j.models.gpt2.operations.OperationTable.Reference;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Entries of the forms that most operations have, over a pool of tensors of every kind. */
final class EntryForms {
  static final Tensor FLOATS = floats(2, 3);
  static final Tensor CUBE = floats(2, 3, 4);
  static final Tensor WHOLES = wholes(2, 3);
  static final Tensor TRUTHS = truths(2, 3);
  static final Tensor ODD =
      Tensor.of(new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.0, 1e30}, 4);
  static final Tensor NEGATIVE = Tensor.of(new long[] {-7, 5, -2}, 3);
  static final List<Tensor> POOL =
      List.of(
          FLOATS,
          floats(3),
          floats(2, 1),
          floats(),
          doubles(2, 3),
          doubles(),
          WHOLES,
          wholes(),
          shorts(1, 3),
          shorts(),
          TRUTHS,
          truths(),
          halves(2, 3),
          halves(),
          brains(2, 3),
          floats(0, 3),
          NEGATIVE,
          CUBE);

  /** Tensors whose numbers are not so few that rounding decides. */
  static final List<Tensor> EXACT =
      POOL.stream()
          .filter(each -> each.dtype().bytes() != 2 && each.dtype() != DType.BOOL)
          .toList();

  private final Map<String, Entry> table;

  EntryForms(Map<String, Entry> table) {
    this.table = table;
  }

  void entry(String op, List<List<Object>> cases, Reference reference) {
    table.put(op, new Entry(cases, reference));
  }

  void pair(String op, DoubleBinaryOperator function) {
    pair(op, POOL, function);
  }

  void pair(String op, List<Tensor> pool, DoubleBinaryOperator function) {
    entry(op, combinations(pool, pool), args -> dense(args, 0).zip(dense(args, 1), function));
  }

  /** With a number after the operand. */
  void number(String op, List<?> numbers, DoubleBinaryOperator function) {
    number(op, POOL, numbers, function);
  }

  void number(String op, List<Tensor> pool, List<?> numbers, DoubleBinaryOperator function) {
    entry(
        op,
        combinations(pool, numbers),
        args -> {
          double y = ((Number) args.get(1)).doubleValue();
          return dense(args, 0).map(x -> function.applyAsDouble(x, y));
        });
  }

  void single(String op, DoubleUnaryOperator function) {
    entry(
        op,
        combinations(Stream.concat(POOL.stream(), Stream.of(ODD)).toList()),
        args -> dense(args, 0).map(function));
  }

  /** Over axes; an empty tensor too, with which some rules do not agree. */
  void reduction(String op, ToDoubleFunction<double[]> function) {
    List<Object> axes = List.of(new long[0], new long[] {0}, new long[] {-1}, new long[] {1, -3});
    entry(
        op,
        combinations(
            List.of(
                FLOATS,
                CUBE,
                doubles(2, 3),
                WHOLES,
                shorts(2, 3),
                TRUTHS,
                halves(2, 3),
                floats(),
                floats(0, 3)),
            axes,
            List.of(true, false)),
        args -> dense(args, 0).reduce((long[]) args.get(1), (boolean) args.get(2), function));
  }

  /** Over one axis. */
  void oneAxis(String op, ToDoubleFunction<double[]> function) {
    entry(
        op,
        combinations(
            List.of(FLOATS, CUBE, WHOLES, TRUTHS, doubles(5), halves(3, 3), floats(0, 3)),
            List.of(0L, -1L),
            List.of(true, false)),
        args ->
            dense(args, 0)
                .reduce(new long[] {(long) args.get(1)}, (boolean) args.get(2), function));
  }

  interface OfLine {
    double at(double[] values, int place);
  }

  /** Element by element along an axis. */
  void along(String op, OfLine function) {
    entry(
        op,
        combinations(POOL, List.of(0L, -1L, -2L)),
        args -> {
          Dense x = dense(args, 0);
          int axis = x.axis((long) args.get(1));
          return Dense.build(x.shape(), at -> function.at(x.along(axis, at), at[axis]));
        });
  }

  static Dense dense(List<Object> args, int place) {
    return Dense.of((Tensor) args.get(place));
  }

  static double truth(boolean holds) {
    return holds ? 1 : 0;
  }
}
