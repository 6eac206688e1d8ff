package org.nnsight4j.processor.write;

import com.palantir.javapoet.CodeBlock;
import java.util.regex.Pattern;

/** Names from a checkpoint as javadoc: they may contain anything except spaces. */
final class Javadoc {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.,* \\[\\]-]*");

  private Javadoc() {}

  static CodeBlock code(String name) {
    return PLAIN.matcher(name).matches()
        ? CodeBlock.of("{@code $L}", name)
        : CodeBlock.of("<code>$L</code>", escaped(name));
  }

  // A backslash too, because javac reads Unicode escapes before it recognises comments.
  private static String escaped(String name) {
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .forEach(
            c -> {
              if (PLAIN.matcher(Character.toString(c)).matches()) {
                text.appendCodePoint(c);
              } else {
                text.append("&#").append(c).append(';');
              }
            });
    return text.toString();
  }
}
