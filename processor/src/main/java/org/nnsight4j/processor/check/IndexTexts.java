package org.nnsight4j.processor.check;

import java.util.Optional;
import java.util.regex.Pattern;

/** What is wrong with an index that is written as text; the runtime reads it by the same rules. */
final class IndexTexts {
  private static final String NUMBER = "[+-]?\\d{1,18}";
  private static final Pattern PART =
      Pattern.compile(
          "\\.\\.\\.|None|null|NUMBER|(NUMBER)?\\s*:\\s*(NUMBER)?(\\s*:\\s*(NUMBER)?)?"
              .replace("NUMBER", NUMBER));
  private static final Pattern NO_STEP = Pattern.compile(".*:.*:\\s*(-\\d+|\\+?0+)");

  private IndexTexts() {}

  /** Empty if the text is an index. */
  static Optional<String> wrong(String text) {
    int rests = 0;
    for (String each : text.split(",", -1)) {
      String part = each.trim();
      if (!PART.matcher(part).matches()) {
        return Optional.of("'%s' is neither a number nor a range".formatted(part));
      }
      if (NO_STEP.matcher(part).matches()) {
        return Optional.of("the step of '%s' is less than 1".formatted(part));
      }
      rests += part.equals("...") ? 1 : 0;
    }
    return rests > 1 ? Optional.of("it has more than one ...") : Optional.empty();
  }
}
