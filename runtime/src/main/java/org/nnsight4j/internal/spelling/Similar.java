package org.nnsight4j.internal.spelling;

import java.util.Collection;

/** The closest of some names, for "did you mean". */
public final class Similar {
  private Similar() {}

  /** The name with the smallest edit distance, or empty if none is close. */
  public static String to(String name, Collection<String> names) {
    String best = "";
    int smallest = Math.max(2, name.length() / 3);
    for (String candidate : names) {
      int distance = EditDistance.between(name, candidate, smallest + 1);
      if (distance <= smallest) {
        smallest = distance - 1;
        best = candidate;
      }
    }
    return best;
  }
}
