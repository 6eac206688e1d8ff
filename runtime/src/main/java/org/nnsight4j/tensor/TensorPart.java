package org.nnsight4j.tensor;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.error.ShapeException;

/** A part of a tensor on the host, chosen by an index as in NumPy; nothing is clamped. */
final class TensorPart {
  private final Tensor whole;
  private final long[] strides;
  private final List<Long> shape = new ArrayList<>();
  private final List<Long> steps = new ArrayList<>();
  private long begin;
  private int axis;

  private TensorPart(Tensor whole) {
    this.whole = whole;
    this.strides = new long[whole.rank()];
    long stride = 1;
    for (int i = whole.rank() - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= whole.shape(i);
    }
  }

  /**
   * Copies a part.
   *
   * @throws ShapeException if the index does not fit the shape
   */
  static Tensor of(Tensor whole, List<Slice> index) {
    TensorPart part = new TensorPart(whole);
    long named =
        index.stream().filter(s -> s instanceof Slice.At || s instanceof Slice.Range).count();
    if (named > whole.rank()) {
      throw new ShapeException(
          "the index names %s axes, the shape %s has %s"
              .formatted(named, Arrays.toString(whole.shape()), whole.rank()));
    }
    if (index.stream().filter(Slice.Rest.class::isInstance).count() > 1) {
      throw new ShapeException("an index can have one '...' only");
    }
    for (Slice slice : index) {
      part.take(slice, whole.rank() - named);
    }
    while (part.axis < whole.rank()) {
      part.range(0, whole.shape(part.axis), 1);
    }
    return part.copy();
  }

  private void take(Slice slice, long rest) {
    if (slice instanceof Slice.At at) {
      at(at.index());
    } else if (slice instanceof Slice.Range range) {
      long length = whole.shape(axis);
      long first = range.begin() == null ? 0 : fromStart(range.begin(), length);
      long last = range.end() == null ? length : fromStart(range.end(), length);
      if (range.step() < 1) {
        throw new ShapeException(
            "the step %s of an index must be 1 or more".formatted(range.step()));
      }
      if (first < 0 || last > length || first > last) {
        throw new ShapeException(
            "the range %s:%s is outside axis %s of %s: it has the length %s"
                .formatted(
                    range.begin() == null ? "" : range.begin(),
                    range.end() == null ? "" : range.end(),
                    axis,
                    Arrays.toString(whole.shape()),
                    length));
      }
      range(first, last, range.step());
    } else if (slice instanceof Slice.NewAxis) {
      shape.add(1L);
      steps.add(0L);
    } else {
      for (long i = 0; i < rest; i++) {
        range(0, whole.shape(axis), 1);
      }
    }
  }

  private static long fromStart(long index, long length) {
    return index < 0 ? index + length : index;
  }

  private void at(long index) {
    long length = whole.shape(axis);
    if (index >= length || index < -length) {
      throw new ShapeException(
          "index %s is outside axis %s of %s: %s"
              .formatted(
                  index,
                  axis,
                  Arrays.toString(whole.shape()),
                  length == 0
                      ? "the axis is empty"
                      : "allowed are %s to %s".formatted(-length, length - 1)));
    }
    begin += fromStart(index, length) * strides[axis];
    axis++;
  }

  private void range(long first, long last, long step) {
    begin += first * strides[axis];
    shape.add(last == first ? 0 : (last - first - 1) / step + 1);
    steps.add(step * strides[axis]);
    axis++;
  }

  private Tensor copy() {
    long[] lengths = shape.stream().mapToLong(Long::longValue).toArray();
    long count = Arrays.stream(lengths).reduce(1, Math::multiplyExact);
    int each = whole.dtype().bytes();
    ByteBuffer from = whole.bytes();
    byte[] to = new byte[Math.toIntExact(count * each)];
    long[] place = new long[lengths.length];
    for (long i = 0; i < count; i++) {
      long element = begin;
      for (int k = 0; k < place.length; k++) {
        element += place[k] * steps.get(k);
      }
      from.get(Math.toIntExact(element * each), to, Math.toIntExact(i * each), each);
      for (int k = place.length - 1; k >= 0 && ++place[k] == lengths[k]; k--) {
        place[k] = 0;
      }
    }
    return Tensor.ofBytes(whole.dtype(), ByteBuffer.wrap(to), lengths);
  }
}
