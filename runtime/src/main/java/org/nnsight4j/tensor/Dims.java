package org.nnsight4j.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.nnsight4j.error.ShapeException;

/** The shape of a value: its axes in order. Immutable. */
public record Dims(List<Dim> axes) {
  /** The most axes that PyTorch's kernels and safetensors files support. */
  public static final int MOST_AXES = 64;

  public static final Dims SCALAR = new Dims(List.of());

  /**
   * @throws ShapeException if there are more axes than a tensor can have
   */
  public Dims {
    if (axes.size() > MOST_AXES) {
      throw new ShapeException(
          "a value has at most %s axes, this one would have %s; reshape it to fewer"
              .formatted(MOST_AXES, axes.size()));
    }
    axes = List.copyOf(axes);
  }

  public static Dims of(Dim... axes) {
    return new Dims(List.of(axes));
  }

  /** A shape without names. */
  public static Dims of(long... sizes) {
    return new Dims(Arrays.stream(sizes).mapToObj(Dim::of).toList());
  }

  public int rank() {
    return axes.size();
  }

  /** One axis; negative numbers count from the end. */
  public Dim get(int axis) {
    return axes.get(axis(axis));
  }

  /**
   * The index of an axis, from 0.
   *
   * @throws ShapeException if there is no such axis
   */
  public int axis(long axis) {
    long place = axis < 0 ? axis + rank() : axis;
    if (place < 0 || place >= rank()) {
      throw new ShapeException("axis %s does not exist in the shape %s".formatted(axis, this));
    }
    return (int) place;
  }

  /** The index of the axis with a name, or -1. */
  public int find(String name) {
    for (int i = 0; i < rank(); i++) {
      if (axes.get(i).is(name)) {
        return i;
      }
    }
    return -1;
  }

  public boolean isKnown() {
    return axes.stream().allMatch(Dim::isKnown);
  }

  /** The number of elements, or {@link Dim#UNKNOWN}. */
  public long count() {
    long count = 1;
    for (Dim dim : axes) {
      if (!dim.isKnown()) {
        return Dim.UNKNOWN;
      }
      try {
        count = Math.multiplyExact(count, dim.size());
      } catch (ArithmeticException e) {
        throw new ShapeException(
            "the shape %s has more elements than a tensor can".formatted(this));
      }
    }
    return count;
  }

  /**
   * An upper bound of the number of elements in any run; the largest number if nothing is known.
   */
  public long mostElements() {
    long most = 1;
    for (Dim dim : axes) {
      most = Dim.product(most, dim.most());
    }
    return most;
  }

  public Dims with(int axis, Dim dim) {
    List<Dim> changed = new ArrayList<>(axes);
    changed.set(axis(axis), dim);
    return new Dims(changed);
  }

  public Dims without(int axis) {
    List<Dim> changed = new ArrayList<>(axes);
    changed.remove(axis(axis));
    return new Dims(changed);
  }

  public Dims inserted(int axis, Dim dim) {
    List<Dim> changed = new ArrayList<>(axes);
    changed.add(axis, dim);
    return new Dims(changed);
  }

  /** This shape with the lengths of {@code sizes}, keeping the names. */
  public Dims resolved(long[] sizes) {
    List<Dim> resolved = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      resolved.add(new Dim(sizes[i], axes.get(i).name()));
    }
    return new Dims(resolved);
  }

  /** Whether a tensor of the shape {@code other} can never be used where this shape is expected. */
  public boolean conflicts(Dims other) {
    if (rank() != other.rank()) {
      return true;
    }
    for (int i = 0; i < rank(); i++) {
      if (axes.get(i).conflicts(other.axes.get(i))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return axes.stream().map(Dim::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
