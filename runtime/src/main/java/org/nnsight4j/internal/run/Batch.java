package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of all invokers, which are padded on the left to one length.
 *
 * @param rows token ids without padding
 * @param types which text of a pair each token is of, for each row; empty if all are of the first
 * @param groups which rows belong to which invoker
 */
public record Batch(List<long[]> rows, List<long[]> types, List<Group> groups) {
  /** The rows of one invoker. */
  public record Group(int begin, int count) {}

  public Batch {
    rows = List.copyOf(rows);
    types = List.copyOf(types);
    groups = List.copyOf(groups);
  }

  /** Rows whose tokens are all of one text. */
  public static Batch of(List<List<long[]>> invokers) {
    return typed(invokers.stream().map(rows -> rows.stream().map(Row::new).toList()).toList());
  }

  /**
   * One row.
   *
   * @param types which text of a pair each token is of
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Row(long[] ids, long[] types) {
    /** A row of one text. */
    public Row(long[] ids) {
      this(ids, new long[ids.length]);
    }
  }

  /** Rows that may be pairs of texts. */
  public static Batch typed(List<List<Row>> invokers) {
    List<long[]> rows = new ArrayList<>();
    List<long[]> types = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    for (List<Row> invoker : invokers) {
      groups.add(new Group(rows.size(), invoker.size()));
      invoker.forEach(row -> rows.add(row.ids()));
      invoker.forEach(row -> types.add(row.types()));
    }
    if (types.stream().flatMapToLong(Arrays::stream).allMatch(type -> type == 0)) {
      types.clear();
    }
    // An invoker without rows of its own sees the rows of all.
    groups.replaceAll(group -> group.count() == 0 ? new Group(0, rows.size()) : group);
    return new Batch(rows, types, groups);
  }

  /** The lengths of each invoker's rows. */
  public List<int[]> lengths() {
    return groups.stream()
        .map(
            group ->
                rows.subList(group.begin(), group.begin() + group.count()).stream()
                    .mapToInt(row -> row.length)
                    .toArray())
        .toList();
  }

  /** The length of the longest row. */
  public int length() {
    return rows.stream().mapToInt(row -> row.length).max().orElse(0);
  }
}
