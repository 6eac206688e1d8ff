package org.nnsight4j.cli;

/** Names from a checkpoint in a comment: they can contain anything, even the end of the comment. */
final class JavadocText {
  private static final String PLAIN = " ._*-[],():;";

  private JavadocText() {}

  /**
   * Everything except letters and digits becomes an entity; a backslash too, because javac reads
   * Unicode escapes first.
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
