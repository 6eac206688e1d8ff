package org.nnsight4j.record;

import java.util.Collection;

/** The closest of some names, for "did you mean". */
final class Similar {
  private Similar() {}

  /** The name with the smallest edit distance, or empty when none is near. */
  static String to(String name, Collection<String> names) {
    String best = "";
    int smallest = Math.max(2, name.length() / 3);
    for (String candidate : names) {
      int distance = distance(name, candidate);
      if (distance <= smallest) {
        smallest = distance - 1;
        best = candidate;
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
