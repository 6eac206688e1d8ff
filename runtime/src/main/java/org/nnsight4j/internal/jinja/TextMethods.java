package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings. */
final class TextMethods {
  private TextMethods() {}

  /** A method bound to a text; null if there is none with this name. */
  static @Nullable Function of(String text, String name) {
    return switch (name) {
      case "upper" -> given -> text.toUpperCase(Locale.ROOT);
      case "lower", "casefold" -> given -> text.toLowerCase(Locale.ROOT);
      case "title" -> given -> title(text);
      case "capitalize" -> given -> capitalized(text);
      case "strip" -> given -> strip(text, given.get(0, "chars", None.NONE), true, true);
      case "lstrip" -> given -> strip(text, given.get(0, "chars", None.NONE), true, false);
      case "rstrip" -> given -> strip(text, given.get(0, "chars", None.NONE), false, true);
      case "split" -> given -> split(text, given, false);
      case "rsplit" -> given -> split(text, given, true);
      case "splitlines" -> given -> new ArrayList<Object>(text.lines().toList());
      case "startswith" -> given -> any(given, text::startsWith);
      case "endswith" -> given -> any(given, text::endsWith);
      case "replace" -> given -> replaced(text, given);
      case "find" -> given -> place(text, text.indexOf(given.text(0, "sub", "")));
      case "rfind" -> given -> place(text, text.lastIndexOf(given.text(0, "sub", "")));
      case "index" ->
          given -> {
            int place = text.indexOf(given.text(0, "sub", ""));
            if (place < 0) {
              throw new TemplateException("substring not found");
            }
            return place(text, place);
          };
      case "count" -> given -> count(text, given.text(0, "sub", ""));
      case "join" -> given -> joined(text, PythonValues.iterate(given.required(0, "iterable")));
      case "format" -> given -> PercentFormat.braces(text, given);
      case "removeprefix" ->
          given -> {
            String prefix = given.text(0, "prefix", "");
            return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
          };
      case "removesuffix" ->
          given -> {
            String suffix = given.text(0, "suffix", "");
            return text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
          };
      case "isalpha" -> given -> all(text, Character::isLetter);
      case "isdigit", "isnumeric", "isdecimal" -> given -> all(text, Character::isDigit);
      case "isalnum" -> given -> all(text, Character::isLetterOrDigit);
      case "isspace" -> given -> all(text, TextMethods::isSpace);
      case "isupper" -> given -> isCased(text) && text.equals(text.toUpperCase(Locale.ROOT));
      case "islower" -> given -> isCased(text) && text.equals(text.toLowerCase(Locale.ROOT));
      default -> null;
    };
  }

  private interface Predicate {
    boolean test(String part);
  }

  private static boolean any(CallArguments given, Predicate predicate) {
    Object parts = given.required(0, "prefix");
    List<?> all = parts instanceof Tuple tuple ? tuple : List.of(parts);
    for (Object part : all) {
      if (!(part instanceof String)) {
        throw new TemplateException("expected text or a tuple of texts, found " + Text.repr(parts));
      }
    }
    return all.stream().anyMatch(part -> predicate.test((String) part));
  }

  private static boolean all(String text, IntPredicate predicate) {
    return !text.isEmpty() && text.codePoints().allMatch(predicate);
  }

  private static boolean isCased(String text) {
    return text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
  }

  /** Python's whitespace, including the non-breaking space. */
  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  static String strip(String text, Object characters, boolean left, boolean right) {
    IntPredicate gone =
        characters instanceof String some ? c -> some.indexOf(c) >= 0 : TextMethods::isSpace;
    int[] all = text.codePoints().toArray();
    int start = 0;
    int end = all.length;
    while (left && start < end && gone.test(all[start])) {
      start++;
    }
    while (right && end > start && gone.test(all[end - 1])) {
      end--;
    }
    return new String(all, start, end - start);
  }

  private static List<Object> split(String text, CallArguments given, boolean fromEnd) {
    Object separator = given.get(0, "sep", None.NONE);
    int most = given.integer(1, "maxsplit", -1);
    boolean blanks = separator instanceof None;
    if (!blanks && (!(separator instanceof String some) || some.isEmpty())) {
      throw new TemplateException("split needs a separator that is not empty");
    }
    String rest = blanks ? strip(text, None.NONE, !fromEnd, fromEnd) : text;
    List<Object> parts = new ArrayList<>();
    while (most < 0 || parts.size() < most) {
      int start = blanks ? blank(rest, fromEnd) : at(rest, (String) separator, fromEnd);
      if (start < 0) {
        break;
      }
      int width = blanks ? 1 : ((String) separator).length();
      String before = rest.substring(0, start);
      String after = rest.substring(start + width);
      parts.add(fromEnd ? after : before);
      rest = fromEnd ? before : after;
      rest = blanks ? strip(rest, None.NONE, !fromEnd, fromEnd) : rest;
    }
    if (!blanks || !rest.isEmpty()) {
      // When no more splits are allowed, the other end keeps its whitespace only if it had some.
      parts.add(rest);
    }
    if (fromEnd) {
      Collections.reverse(parts);
    }
    return parts;
  }

  private static int at(String text, String part, boolean fromEnd) {
    return fromEnd ? text.lastIndexOf(part) : text.indexOf(part);
  }

  private static int blank(String text, boolean fromEnd) {
    for (int i = 0; i < text.length(); i++) {
      int place = fromEnd ? text.length() - 1 - i : i;
      if (isSpace(text.charAt(place))) {
        return place;
      }
    }
    return -1;
  }

  private static String replaced(String text, CallArguments given) {
    return replaced(
        text, given.text(0, "old", ""), given.text(1, "new", ""), given.integer(2, "count", -1));
  }

  static String replaced(String text, String old, String by, int most) {
    if (most < 0) {
      return text.replace(old, by);
    }
    StringBuilder out = new StringBuilder();
    int place = 0;
    for (int i = 0; i < most; i++) {
      int next = text.indexOf(old, place);
      if (next < 0 || old.isEmpty()) {
        break;
      }
      out.append(text, place, next).append(by);
      place = next + old.length();
    }
    return out.append(text.substring(place)).toString();
  }

  private static long place(String text, int index) {
    return index < 0 ? -1 : text.codePointCount(0, index);
  }

  private static long count(String text, String part) {
    if (part.isEmpty()) {
      return PythonValues.length(text) + 1;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  private static String joined(String between, List<Object> parts) {
    List<String> texts = new ArrayList<>();
    for (Object part : parts) {
      if (!(part instanceof String text)) {
        throw new TemplateException("join needs texts, found " + Text.repr(part));
      }
      texts.add(text);
    }
    return String.join(between, texts);
  }

  static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int end = text.offsetByCodePoints(0, 1);
    return text.substring(0, end).toUpperCase(Locale.ROOT)
        + text.substring(end).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inside = Character.isLetter(c);
    }
    return out.toString();
  }
}
