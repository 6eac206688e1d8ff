package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.List;

/**
 * The rows of all invokers, which are padded on the left to one length.
 *
 * @param rows token ids without padding
 * @param groups which rows belong to which invoker
 */
public record Batch(List<long[]> rows, List<Group> groups) {
  /** The rows of one invoker. */
  public record Group(int begin, int count) {}

  public Batch {
    rows = List.copyOf(rows);
    groups = List.copyOf(groups);
  }

  public static Batch of(List<List<long[]>> invokers) {
    List<long[]> rows = new ArrayList<>();
    List<Group> groups = new ArrayList<>();
    for (List<long[]> invoker : invokers) {
      groups.add(new Group(rows.size(), invoker.size()));
      rows.addAll(invoker);
    }
    // An invoker without rows of its own sees the rows of all.
    groups.replaceAll(group -> group.count() == 0 ? new Group(0, rows.size()) : group);
    return new Batch(rows, groups);
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
