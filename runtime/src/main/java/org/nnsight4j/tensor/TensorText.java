package org.nnsight4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/** Writes the numbers of a tensor as PyTorch does: rows under each other, the middle left out. */
final class TensorText {
  /** A tensor with more elements is shown by the ends of its axes. */
  private static final int MOST_ELEMENTS = 1000;

  private static final int ENDS = 3;

  /** PyTorch's bounds for numbers that are written with an exponent. */
  private static final double LARGE = 1e8;

  private static final double SMALL = 1e-4;
  private static final double WIDE = 1000;

  private final Tensor tensor;
  private final boolean shortened;
  private final IntFunction<String> number;
  private final int width;

  private TensorText(Tensor tensor) {
    this.tensor = tensor;
    this.shortened = tensor.size() > MOST_ELEMENTS;
    List<Integer> shown = new ArrayList<>();
    collect(0, 0, shown);
    this.number = format(shown);
    this.width = shown.stream().mapToInt(i -> number.apply(i).length()).max().orElse(0);
  }

  static String of(Tensor tensor) {
    if (tensor.size() == 0) {
      return "[]";
    }
    TensorText text = new TensorText(tensor);
    StringBuilder written = new StringBuilder();
    text.write(0, 0, written);
    return written.toString();
  }

  private IntFunction<String> format(List<Integer> shown) {
    if (tensor.dtype() == DType.BOOL) {
      return i -> tensor.at(i) == 0 ? "false" : "true";
    } else if (!tensor.dtype().isFloating()) {
      return i -> Long.toString(tensor.integer(i));
    }
    double most = 0;
    double least = Double.POSITIVE_INFINITY;
    boolean whole = true;
    for (int i : shown) {
      double size = Math.abs(tensor.at(i));
      if (Double.isFinite(size)) {
        whole &= size == Math.rint(size);
        most = Math.max(most, size);
        least = size == 0 ? least : Math.min(least, size);
      }
    }
    boolean exponents = most > LARGE || most > WIDE * least || (!whole && least < SMALL);
    if (exponents) {
      return i -> named(tensor.at(i), "%.4e");
    }
    return whole ? i -> named(tensor.at(i), "%.0f.") : i -> named(tensor.at(i), "%.4f");
  }

  private static String named(double number, String format) {
    if (Double.isNaN(number)) {
      return "nan";
    } else if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    return switch (format) {
      case "%.4e" -> String.format(Locale.ROOT, "%.4e", number);
      case "%.4f" -> String.format(Locale.ROOT, "%.4f", number);
      default -> String.format(Locale.ROOT, "%.0f.", number);
    };
  }

  /** The indices of an axis that are shown; -1 stands for what is left out. */
  private List<Integer> places(long length) {
    List<Integer> places = new ArrayList<>();
    boolean cut = shortened && length > 2 * ENDS;
    for (int i = 0; i < length; i++) {
      if (cut && i == ENDS) {
        places.add(-1);
        i = (int) length - ENDS;
      }
      places.add(i);
    }
    return places;
  }

  private void collect(int axis, int flat, List<Integer> shown) {
    if (axis == tensor.rank()) {
      shown.add(flat);
      return;
    }
    for (int place : places(tensor.shape(axis))) {
      if (place >= 0) {
        collect(axis + 1, flat * (int) tensor.shape(axis) + place, shown);
      }
    }
  }

  private void write(int axis, int flat, StringBuilder text) {
    if (axis == tensor.rank()) {
      String written = number.apply(flat);
      text.append(" ".repeat(tensor.rank() == 0 ? 0 : width - written.length())).append(written);
      return;
    }
    boolean last = axis == tensor.rank() - 1;
    String between =
        last ? ", " : "," + "\n".repeat(tensor.rank() - 1 - axis) + " ".repeat(axis + 1);
    text.append('[');
    List<Integer> places = places(tensor.shape(axis));
    for (int i = 0; i < places.size(); i++) {
      text.append(i == 0 ? "" : between);
      if (places.get(i) < 0) {
        text.append(last ? " ..." : "...");
      } else {
        write(axis + 1, flat * (int) tensor.shape(axis) + places.get(i), text);
      }
    }
    text.append(']');
  }
}
