package org.nnsight4j.internal.toolfile;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.nnsight4j.error.CheckpointException;

/**
 * Regular expressions written for Python. Only those with the same meaning in Java are accepted:
 * names of modules need no others, and an expression with another meaning would silently match
 * other modules.
 */
final class PythonPattern {
  private static final String SAME_ESCAPES = "dDwWsSbB.\\-_/^$*+?()[]{}|";
  private static final Pattern SAME_GROUPS = Pattern.compile("\\((?!\\?)|\\(\\?(?::|=|!|<=|<!)");

  private PythonPattern() {}

  /**
   * Compiles an expression.
   *
   * @param where the file and key, for messages
   * @throws CheckpointException if it is invalid in Java or means something else there
   */
  static Pattern compile(String where, String expression) {
    boolean inSet = false;
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (c == '\\') {
        i++;
        if (i == expression.length() || SAME_ESCAPES.indexOf(expression.charAt(i)) < 0) {
          throw refused(where, expression);
        }
      } else if (inSet) {
        if (c == '[' || c == '&') {
          throw refused(where, expression);
        }
        inSet = c != ']';
      } else if (c == '[') {
        inSet = true;
      } else if (c == '('
          && !SAME_GROUPS.matcher(expression).region(i, expression.length()).lookingAt()) {
        throw refused(where, expression);
      } else if (c == '+' && i > 0 && "*+?}".indexOf(expression.charAt(i - 1)) >= 0) {
        // Possessive in Java; in Python only since 3.11.
        throw refused(where, expression);
      }
    }
    try {
      return Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new CheckpointException(
          "%s: expected a regular expression, found '%s': %s"
              .formatted(where, expression, e.getDescription()),
          e);
    }
  }

  private static CheckpointException refused(String where, String expression) {
    return new CheckpointException(
        "%s: the regular expression '%s' may mean something else in Java than in Python; write it with plain characters, . * + ? | [...], (?:...) and \\d \\w \\s alone"
            .formatted(where, expression));
  }
}
