package org.nnsight4j.internal.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Slice;

/**
 * An index as integers, four for each part: kind, begin, end, step. This is how a graph stores it:
 * complete, with {@code ...} written out, so that it means the same everywhere.
 */
public final class SliceCodes {
  public static final long AT = 0;
  public static final long RANGE = 1;
  public static final long NEW_AXIS = 2;

  /** Stands for "to the end". */
  public static final long END = Long.MAX_VALUE;

  private SliceCodes() {}

  /**
   * The codes of an index into a value of a known rank.
   *
   * @throws ShapeException if the index names too many axes or more than one rest
   */
  public static long[] of(Dims dims, List<Slice> slices) {
    long named =
        slices.stream().filter(s -> s instanceof Slice.At || s instanceof Slice.Range).count();
    if (named > dims.rank()) {
      throw new ShapeException(
          "the index names %s axes, the shape %s has %s".formatted(named, dims, dims.rank()));
    }
    if (slices.stream().filter(Slice.Rest.class::isInstance).count() > 1) {
      throw new ShapeException("an index can have one '...' only");
    }
    List<Long> codes = new ArrayList<>();
    for (Slice slice : slices) {
      if (slice instanceof Slice.At at) {
        add(codes, AT, at.index(), 0, 1);
      } else if (slice instanceof Slice.Range range) {
        if (range.end() != null && range.end() == END) {
          throw new ShapeException(
              "a range to %s is longer than any axis; leave out the end to read to the end, as in 2:"
                  .formatted(END));
        }
        add(
            codes,
            RANGE,
            range.begin() == null ? 0 : range.begin(),
            range.end() == null ? END : range.end(),
            range.step());
      } else if (slice instanceof Slice.NewAxis) {
        add(codes, NEW_AXIS, 0, 0, 1);
      } else {
        for (long i = named; i < dims.rank(); i++) {
          add(codes, RANGE, 0, END, 1);
        }
      }
    }
    return codes.stream().mapToLong(Long::longValue).toArray();
  }

  private static void add(List<Long> codes, long kind, long begin, long end, long step) {
    codes.addAll(List.of(kind, begin, end, step));
  }

  /**
   * The shape of an indexed value.
   *
   * @throws ShapeException if an index or range is outside its axis; nothing is clamped
   */
  public static Dims apply(Dims dims, long[] codes) {
    List<Dim> axes = new ArrayList<>();
    int axis = 0;
    for (int i = 0; i < codes.length; i += 4) {
      long kind = codes[i];
      if (codes.length % 4 != 0 || kind < AT || kind > NEW_AXIS) {
        throw new ShapeException(
            "an index has four numbers for each step, the first 0, 1 or 2; found "
                + Arrays.toString(codes));
      }
      if (kind == NEW_AXIS) {
        axes.add(Dim.of(1));
        continue;
      }
      Dim dim = dims.get(axis);
      if (kind == AT) {
        checkIndex(dims, axis, codes[i + 1]);
      } else {
        axes.add(range(dims, axis, codes[i + 1], codes[i + 2], codes[i + 3], dim));
      }
      axis++;
    }
    axes.addAll(dims.axes().subList(axis, dims.rank()));
    return new Dims(axes);
  }

  private static void checkIndex(Dims dims, int axis, long index) {
    long size = dims.get(axis).size();
    if (size != Dim.UNKNOWN && (index >= size || index < -size)) {
      throw new ShapeException(
          "index %s is outside axis %s of %s: %s".formatted(index, axis, dims, allowed(size)));
    }
  }

  private static String allowed(long size) {
    return size == 0 ? "the axis is empty" : "allowed are %s to %s".formatted(-size, size - 1);
  }

  /** For an unknown axis, an upper bound of the range's length, whatever length the axis has. */
  private static long mostInRange(Dim dim, long begin, long end, long step) {
    long most = dim.most();
    if (end == END) {
      long left = most == Dim.ENDLESS ? most : Math.max(0, most - Math.max(0, begin));
      most = begin < 0 ? Math.min(most, -Math.max(begin, -Dim.ENDLESS)) : left;
    } else if (begin >= 0 && end >= 0 && end != END || begin < 0 && end < 0) {
      most = Math.min(most, Math.max(0, end - begin));
    }
    return most == 0 ? 0 : (most - 1) / step + 1;
  }

  private static Dim range(Dims dims, int axis, long begin, long end, long step, Dim dim) {
    if (step < 1) {
      throw new ShapeException("the step %s of an index must be 1 or more".formatted(step));
    }
    if (begin == 0 && end == END && step == 1) {
      return dim;
    }
    if (!dim.isKnown()) {
      return Dim.upTo(mostInRange(dim, begin, end, step));
    }
    long size = dim.size();
    long first = begin < 0 ? begin + size : begin;
    long last = end == END ? size : end < 0 ? end + size : end;
    if (first < 0 || last > size || first > last) {
      throw new ShapeException(
          "the range %s:%s is outside axis %s of %s: it has the length %s"
              .formatted(begin, end == END ? "" : end, axis, dims, size));
    }
    return Dim.of(last == first ? 0 : (last - first - 1) / step + 1);
  }
}
