package org.nnsight4j.internal.op;

import java.util.List;
import java.util.function.ToLongFunction;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** The sizes of a call, as numbers that do not overflow. */
final class CostInputs {
  private final OpInputs inputs;
  private final Meta result;
  private final ToLongFunction<Dim> length;

  CostInputs(OpInputs inputs, Meta result, ToLongFunction<Dim> length) {
    this.inputs = inputs;
    this.result = result;
    this.length = length;
  }

  /** The elements of all arguments and the result. */
  double elements() {
    return inputs.tensors().stream().mapToDouble(meta -> size(meta.dims())).sum() + result();
  }

  double result() {
    return size(result.dims());
  }

  double size(int place) {
    return size(inputs.dims(place));
  }

  /** The length of an axis of an argument; 1 if there is none. */
  double length(int place, int axis) {
    Dims dims = inputs.dims(place);
    return dims.rank() == 0 ? 1 : length(dims.get(dims.axis(axis)));
  }

  /** The length of an axis of the first two arguments, broadcast. */
  double pairLength(int axis) {
    int rank = Math.max(inputs.dims(0).rank(), inputs.dims(1).rank());
    int fromEnd = axis < 0 ? axis : axis - rank;
    double longest = 1;
    for (int place = 0; place < 2; place++) {
      if (inputs.dims(place).rank() >= -fromEnd) {
        longest = Math.max(longest, length(place, fromEnd));
      }
    }
    return longest;
  }

  double length(Dim dim) {
    return length.applyAsLong(dim);
  }

  int rank(int place) {
    return inputs.dims(place).rank();
  }

  long integer(int place) {
    return inputs.integer(place);
  }

  String text(int place) {
    return inputs.text(place);
  }

  List<Meta> tensors() {
    return inputs.tensors();
  }

  private double size(Dims dims) {
    double size = 1;
    for (Dim dim : dims.axes()) {
      size *= length(dim);
    }
    return size;
  }
}
