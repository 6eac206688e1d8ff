package org.nnsight4j.cli;

/** Names of a checkpoint in a comment: they can hold anything, also its end. */
final class JavadocText {
  private static final String PLAIN = " ._*-[],():;";

  private JavadocText() {}

  /**
   * What is no letter or digit becomes an entity; a backslash too, as javac reads unicode first.
   */
  static String of(String name) {
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .forEach(
            point -> {
              boolean plain =
                  point < 0x80 && Character.isLetterOrDigit(point) || PLAIN.indexOf(point) >= 0;
              if (plain) {
                text.appendCodePoint(point);
              } else {
                text.append("&#").append(point).append(';');
              }
            });
    return text.toString();
  }
}
