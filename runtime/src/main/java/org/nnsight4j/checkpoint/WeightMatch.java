package org.nnsight4j.checkpoint;

import java.util.Map;
import java.util.Set;

/** Pairs the weights that an architecture needs with those that a checkpoint has. */
public final class WeightMatch {
  private WeightMatch() {}

  public static Map<String, TensorEntry> match(
      Map<String, long[]> expected,
      Set<String> ignorable,
      String optionalPrefix,
      Checkpoint checkpoint) {
    throw new UnsupportedOperationException(
        "" + expected + ignorable + optionalPrefix + checkpoint);
  }
}
