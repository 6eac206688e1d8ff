package org.nnsight4j.server.job;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Jobs of a higher class start first; within a class, those that were released earlier. */
public enum Priority {
  BULK(0),
  NORMAL(10),
  INTERACTIVE(20);

  private final int rank;

  Priority(int rank) {
    this.rank = rank;
  }

  public int rank() {
    return rank;
  }

  /** The name as users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Priority> parse(String label) {
    return Arrays.stream(values()).filter(value -> value.label().equals(label)).findFirst();
  }

  public static Priority ofRank(int rank) {
    return Arrays.stream(values())
        .filter(value -> value.rank == rank)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no priority has the rank " + rank));
  }
}
