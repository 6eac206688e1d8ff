package org.nnsight4j.docs;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Compares what a program printed on two machines. Processors add in different orders, so FP32 has
 * other last bits, and the last digit that is shown can be its neighbour. All else is the same.
 */
final class PrintedNumbers {
  private static final Pattern NUMBER = Pattern.compile("-?\\d+\\.\\d+(e[+-]?\\d+)?");
  private static final int LEAST_DIGITS = 3;

  private PrintedNumbers() {}

  /** Whether the texts are equal but for neighbours in the last of at least three digits. */
  static boolean agree(String page, String printed) {
    List<String> shown = numbers(page);
    List<String> found = numbers(printed);
    if (shown.size() != found.size()
        || !NUMBER.matcher(page).replaceAll("#").equals(NUMBER.matcher(printed).replaceAll("#"))) {
      return false;
    }
    for (int i = 0; i < shown.size(); i++) {
      if (!neighbours(shown.get(i), found.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static List<String> numbers(String text) {
    return NUMBER.matcher(text).results().map(MatchResult::group).toList();
  }

  private static boolean neighbours(String page, String printed) {
    BigDecimal a = new BigDecimal(page);
    BigDecimal b = new BigDecimal(printed);
    return page.equals(printed)
        || (a.scale() == b.scale()
            && Math.min(a.precision(), b.precision()) >= LEAST_DIGITS
            && a.subtract(b).abs().compareTo(a.ulp()) <= 0);
  }
}
