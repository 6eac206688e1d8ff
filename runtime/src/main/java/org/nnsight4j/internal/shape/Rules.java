package org.nnsight4j.internal.shape;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** The shape rules that several operations share; all are NumPy's. */
public final class Rules {
  private Rules() {}

  /**
   * The shape of two broadcast operands.
   *
   * @throws ShapeException if an axis has two lengths and neither is 1
   */
  public static Dims broadcast(Dims left, Dims right) {
    int rank = Math.max(left.rank(), right.rank());
    List<Dim> axes = new ArrayList<>();
    for (int i = rank; i > 0; i--) {
      axes.add(broadcast(fromEnd(left, i), fromEnd(right, i), left, right));
    }
    return new Dims(axes);
  }

  private static Dim fromEnd(Dims dims, int place) {
    return place > dims.rank() ? Dim.of(1) : dims.get(-place);
  }

  private static Dim broadcast(Dim left, Dim right, Dims leftDims, Dims rightDims) {
    if (left.size() == 1 && left.name() == null) {
      return right;
    }
    if (right.size() == 1 && right.name() == null) {
      return left;
    }
    if (left.size() == 1) {
      return right.size() == 1 || right.isKnown() ? merged(right, left) : right;
    }
    if (right.size() == 1) {
      return merged(left, right);
    }
    if (left.conflicts(right)) {
      throw new ShapeException(
          "the shapes %s and %s cannot be combined: an axis has the lengths %s and %s"
              .formatted(leftDims, rightDims, left.size(), right.size()));
    }
    if (rowsMeetPositions(left, right) || rowsMeetPositions(right, left)) {
      throw new ShapeException(
          "the shapes %s and %s cannot be combined: an axis is the rows of one and the positions of the other; add an axis with expandDims"
              .formatted(leftDims, rightDims));
    }
    if (left.isKnown() || right.isKnown()) {
      return left.isKnown() ? merged(left, right) : merged(right, left);
    }
    Dim both = merged(right, left);
    return new Dim(both.size(), both.name(), Math.max(left.most(), right.most()));
  }

  /** Equal lengths would be a coincidence. */
  private static boolean rowsMeetPositions(Dim one, Dim other) {
    return one.is(Dim.BATCH) && (other.is(Dim.POSITION) || other.is(Dim.KEY));
  }

  private static Dim merged(Dim size, Dim other) {
    return new Dim(size.size(), size.name() != null ? size.name() : other.name(), size.most());
  }

  /** The shape of a matrix product, with broadcast batch axes. */
  public static Dims matMul(Dims left, Dims right) {
    if (left.rank() == 0 || right.rank() == 0) {
      throw new ShapeException(
          "a matrix product needs at least one axis on both sides, found %s and %s"
              .formatted(left, right));
    }
    Dim inner = left.get(-1);
    Dim other = right.rank() == 1 ? right.get(0) : right.get(-2);
    if (inner.conflicts(other)) {
      throw new ShapeException(
          "%s times %s: the inner lengths %s and %s differ"
              .formatted(left, right, inner.size(), other.size()));
    }
    Dims leftBatch = left.rank() > 2 ? head(left, left.rank() - 2) : Dims.SCALAR;
    Dims rightBatch = right.rank() > 2 ? head(right, right.rank() - 2) : Dims.SCALAR;
    List<Dim> axes = new ArrayList<>(broadcast(leftBatch, rightBatch).axes());
    if (left.rank() > 1) {
      axes.add(left.get(-2));
    }
    if (right.rank() > 1) {
      axes.add(right.get(-1));
    }
    return new Dims(axes);
  }

  private static Dims head(Dims dims, int count) {
    return new Dims(dims.axes().subList(0, count));
  }

  /** The shape after reducing some axes; none given means all. */
  public static Dims reduce(Dims dims, long[] axes, boolean keep) {
    boolean[] gone = new boolean[dims.rank()];
    for (long axis : axes) {
      int place = dims.axis(axis);
      if (gone[place]) {
        throw new ShapeException("axis %s is named twice for %s".formatted(axis, dims));
      }
      gone[place] = true;
    }
    List<Dim> left = new ArrayList<>();
    for (int i = 0; i < dims.rank(); i++) {
      if (axes.length > 0 && !gone[i]) {
        left.add(dims.get(i));
      } else if (keep) {
        left.add(Dim.of(1));
      }
    }
    return new Dims(left);
  }

  /** The shape after a reshape; one target may be -1. */
  public static Dims reshape(Dims dims, long[] target) {
    long count = dims.count();
    long product = 1;
    int free = -1;
    for (int i = 0; i < target.length; i++) {
      if (target[i] == -1 && free == -1) {
        free = i;
      } else if (target[i] < 0) {
        throw new ShapeException(
            "a reshape to %s: lengths are positive, and only one may be -1"
                .formatted(Dims.of(target)));
      } else {
        product = times(product, target[i], dims, target);
      }
    }
    boolean fits =
        count == Dim.UNKNOWN
            || (free >= 0 ? product > 0 && count % product == 0 : count == product);
    if (!fits) {
      throw new ShapeException(
          "%s has %s elements and cannot be reshaped to %s"
              .formatted(dims, count, Dims.of(target)));
    }
    List<Dim> axes = new ArrayList<>();
    for (int i = 0; i < target.length; i++) {
      if (i != free) {
        axes.add(Dim.of(target[i]));
      } else if (count == Dim.UNKNOWN) {
        // The remaining length; nothing divides into 0.
        long most = dims.mostElements();
        axes.add(Dim.upTo(most == Dim.ENDLESS ? most : most / Math.max(1, product)));
      } else {
        axes.add(Dim.of(count / product));
      }
    }
    return new Dims(axes);
  }

  private static long times(long product, long length, Dims dims, long[] target) {
    try {
      return Math.multiplyExact(product, length);
    } catch (ArithmeticException e) {
      throw new ShapeException(
          "%s cannot be reshaped to %s: more elements than can be counted"
              .formatted(dims, Dims.of(target)));
    }
  }

  /** The shape of tensors joined along an existing axis. */
  public static Dims concat(List<Dims> parts, long axis) {
    Dims first = parts.get(0);
    int place = first.axis(axis);
    long total = 0;
    long most = 0;
    for (Dims part : parts) {
      if (part.rank() != first.rank()
          || part.with(place, Dim.of(0)).conflicts(first.with(place, Dim.of(0)))) {
        throw new ShapeException(
            "%s and %s cannot be joined along axis %s: all other axes must be equal"
                .formatted(first, part, axis));
      }
      long size = part.get(place).size();
      total = size == Dim.UNKNOWN || total == Dim.UNKNOWN ? Dim.UNKNOWN : Dim.sum(total, size);
      most = Dim.sum(most, part.get(place).most());
    }
    return first.with(place, total == Dim.UNKNOWN ? Dim.upTo(most) : Dim.of(total));
  }

  /** Checks that the two shapes can be equal. */
  public static void same(Dims expected, Dims found, @Nullable String what) {
    if (expected.conflicts(found)) {
      throw new ShapeException("%s needs the shape %s, found %s".formatted(what, expected, found));
    }
  }
}
