package org.nnsight4j.internal.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Backslash escapes in Python's literals. */
final class Escapes {
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))",
          Pattern.DOTALL);
  private static final String NAMES = "abfnrtv\\'\"";
  private static final String MEANT = "\u0007\b\f\n\r\t\u000b\\'\"";

  private Escapes() {}

  static String read(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    return ESCAPE.matcher(literal).replaceAll(each -> Matcher.quoteReplacement(meant(each)));
  }

  private static String meant(java.util.regex.MatchResult escape) {
    if (escape.group(1) != null) {
      return Character.toString(Integer.parseInt(escape.group(1), 8));
    }
    for (int group = 2; group <= 4; group++) {
      if (escape.group(group) != null) {
        return Character.toString(Integer.parseInt(escape.group(group), 16));
      }
    }
    String name = escape.group(5);
    int place = NAMES.indexOf(name);
    if (place >= 0) {
      return MEANT.substring(place, place + 1);
    }
    return name.equals("\n") ? "" : "\\" + name;
  }
}
