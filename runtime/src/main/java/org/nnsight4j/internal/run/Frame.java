package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * The geometry of one forward pass: which of its rows and positions belong to which invoker. Later
 * steps can have several rows for one row of the prompt (beams).
 */
final class Frame {
  private final Batch batch;
  private final int[] origins;
  private final int positions;
  private final int keys;
  private final @Nullable Boolean[] whole;

  /**
   * Creates the geometry of a pass.
   *
   * @param origins for each row of the pass, the row of the batch that it continues
   * @param positions how many positions the pass computes
   * @param keys how many positions it attends to
   */
  Frame(Batch batch, int[] origins, int positions, int keys) {
    this.batch = batch;
    this.origins = origins;
    this.positions = positions;
    this.keys = keys;
    this.whole = new Boolean[batch.groups().size()];
  }

  int rows() {
    return origins.length;
  }

  int positions() {
    return positions;
  }

  int keys() {
    return keys;
  }

  /** The tokens of each row of the pass so far, without padding. */
  long[] lengths() {
    int grown = keys - batch.length();
    return Arrays.stream(origins).mapToLong(row -> batch.rows().get(row).length + grown).toArray();
  }

  /** The position of each token: a row counts from its own first token; padding has 0. */
  long[] places() {
    return places(lengths(), positions);
  }

  /** The positions of the last tokens of rows, row after row. */
  static long[] places(long[] lengths, int columns) {
    long[] places = new long[lengths.length * columns];
    for (int row = 0; row < lengths.length; row++) {
      for (int column = 0; column < columns; column++) {
        places[row * columns + column] = Math.max(0, lengths[row] - columns + column);
      }
    }
    return places;
  }

  /** Whether rows differ in length, so that some have padding. */
  boolean padded() {
    return Arrays.stream(origins).anyMatch(row -> batch.rows().get(row).length != batch.length());
  }

  int[] origins() {
    return origins.clone();
  }

  /** Marks the rows of an invoker. */
  void mark(int invoker, boolean[] marked) {
    int[] rows = rows(invoker);
    Arrays.fill(marked, rows[0], rows[0] + rows[1], true);
  }

  /** Whether two invokers share rows. */
  boolean overlap(int one, int other) {
    int[] left = rows(one);
    int[] right = rows(other);
    return left[0] < right[0] + right[1] && right[0] < left[0] + left[1];
  }

  /**
   * Records that a layer of the cache gets no keys and values for the rows that are skipped in this
   * pass.
   */
  void missing(KvCache cache, int layer, Node.Skip skip) {
    int[] rows = rows(skip.invoker());
    cache.missing(layer, rows[0], rows[1], rows(), positions);
  }

  /** The numbers of rows that the pass and each invoker have. */
  Set<Long> counts() {
    Set<Long> counts = new HashSet<>(Set.of((long) rows()));
    for (int invoker = 0; invoker < batch.groups().size(); invoker++) {
      counts.add((long) rows(invoker)[1]);
    }
    return counts;
  }

  /** Whether an invoker has all rows of the pass. */
  boolean isWhole(int invoker) {
    Boolean known = whole[invoker];
    if (known == null) {
      known = rows(invoker)[1] == rows() && foreignPadding(invoker) == 0;
      whole[invoker] = known;
    }
    return known;
  }

  boolean hasRows(int invoker) {
    return isWhole(invoker) || rows(invoker)[1] > 0;
  }

  /** The first row of an invoker, and how many it has. */
  private int[] rows(int invoker) {
    Batch.Group group = batch.groups().get(invoker);
    int begin = -1;
    int count = 0;
    for (int row = 0; row < origins.length; row++) {
      boolean own = origins[row] >= group.begin() && origins[row] < group.begin() + group.count();
      if (own) {
        begin = begin < 0 ? row : begin;
        if (row != begin + count) {
          throw new IllegalStateException("the rows of invoker " + invoker + " are not together");
        }
        count++;
      }
    }
    return new int[] {Math.max(begin, 0), count};
  }

  /** The padding that an invoker has only because of other invokers' longer rows. */
  private int foreignPadding(int invoker) {
    return batch.length() - longest(invoker);
  }

  /** How many positions an invoker's part of the pass has, without the padding of others. */
  int positions(int invoker) {
    return positions == keys ? positions - foreignPadding(invoker) : positions;
  }

  private int longest(int invoker) {
    Batch.Group group = batch.groups().get(invoker);
    return batch.rows().subList(group.begin(), group.begin() + group.count()).stream()
        .mapToInt(row -> row.length)
        .max()
        .orElse(0);
  }

  /** The part of a site's value that belongs to an invoker. */
  Window window(int invoker, Dims site) {
    return window(invoker, site, false);
  }

  /**
   * The part of a site's value that belongs to an invoker.
   *
   * @param lastOnly whether the value has no position but the last, which is never padding
   */
  Window window(int invoker, Dims site, boolean lastOnly) {
    if (isWhole(invoker)) {
      return Window.WHOLE;
    }
    int[] rows = rows(invoker);
    int padding = foreignPadding(invoker);
    List<long[]> parts = new ArrayList<>();
    boolean flat = site.find(Dim.TOKEN) == 0;
    List<Dim> axes = flat ? apart(site) : site.axes();
    for (int axis = 0; axis < axes.size(); axis++) {
      Dim dim = axes.get(axis);
      if (dim.is(Dim.BATCH) && rows[1] != rows()) {
        parts.add(new long[] {axis, rows[0], rows[1]});
      } else if (dim.is(Dim.POSITION) && padding > 0 && positions == keys && !lastOnly) {
        parts.add(new long[] {axis, padding, positions - padding});
      } else if (dim.is(Dim.KEY) && padding > 0) {
        parts.add(new long[] {axis, padding, keys - padding});
      }
    }
    return new Window(
        column(parts, 0),
        column(parts, 1),
        column(parts, 2),
        flat && !parts.isEmpty() ? new long[] {rows(), positions} : new long[0]);
  }

  /** The axes of a site that has the positions of all rows in one axis, with that axis split. */
  private static List<Dim> apart(Dims site) {
    List<Dim> axes = new ArrayList<>(site.axes());
    axes.set(0, Dim.unknown(Dim.BATCH));
    axes.add(1, Dim.unknown(Dim.POSITION));
    return axes;
  }

  private static long[] column(List<long[]> parts, int place) {
    return parts.stream().mapToLong(part -> part[place]).toArray();
  }

  /** For each row of an invoker, the index of a token in its window. */
  long[] places(int invoker, int position, Location location) {
    int[] rows = rows(invoker);
    boolean whole = positions == keys;
    int frame = whole ? keys - foreignPadding(invoker) : positions;
    long[] places = new long[rows[1]];
    for (int i = 0; i < places.length; i++) {
      int row = batch.rows().get(origins[rows[0] + i]).length;
      int length = whole ? row + keys - batch.length() : positions;
      if (position >= length || position < -length) {
        throw new RunException(
            location,
            "at(%s) is outside row %s of the invoker's prompt, which has %s"
                .formatted(position, i, Counted.of(length, "token")));
      }
      places[i] = position < 0 ? frame + position : frame - length + position;
    }
    return places;
  }

  /** The lengths of an invoker's own rows if they differ, or an empty array. */
  long[] unequalLengths(int invoker) {
    int[] rows = rows(invoker);
    long[] lengths = Arrays.copyOfRange(lengths(), rows[0], rows[0] + rows[1]);
    return Arrays.stream(lengths).distinct().count() > 1 ? lengths : new long[0];
  }

  /**
   * A part of an array: one begin and length for each named axis.
   *
   * @param apart the lengths of the first two axes, if the array has them as one; empty if it has
   *     two
   */
  record Window(long[] axes, long[] begins, long[] lengths, long[] apart) {
    /** All of an array. */
    static final Window WHOLE = new Window(new long[0], new long[0], new long[0]);

    Window(long[] axes, long[] begins, long[] lengths) {
      this(axes, begins, lengths, new long[0]);
    }

    boolean isWhole() {
      return axes.length == 0;
    }

    boolean isFlat() {
      return apart.length > 0;
    }

    /** The shape of an array with its first axis split into two. */
    long[] apart(long[] flat) {
      return joined(apart, flat, 1);
    }

    /** The shape of a part, with its first axis split into two. */
    long[] partApart(long[] flat) {
      long[] two = apart.clone();
      for (int i = 0; i < axes.length; i++) {
        if (axes[i] < 2) {
          two[(int) axes[i]] = lengths[i];
        }
      }
      return joined(two, flat, 1);
    }

    /** The shape of an array with its first two axes merged. */
    static long[] together(long[] two) {
      return joined(new long[] {two[0] * two[1]}, two, 2);
    }

    private static long[] joined(long[] first, long[] shape, int from) {
      long[] joined = Arrays.copyOf(first, first.length + shape.length - from);
      System.arraycopy(shape, from, joined, first.length, shape.length - from);
      return joined;
    }
  }
}
