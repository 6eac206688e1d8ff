package org.nnsight4j.cli;

import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;

/** Makes Java names from a checkpoint's names, which can contain anything. */
final class JavaNames {
  /** The methods of every layer, which no child can be named after. */
  static final Set<String> TAKEN =
      Set.of(
          "input",
          "output",
          "apply",
          "skip",
          "weight",
          "bias",
          "bind",
          "child",
          "item",
          "getClass",
          "hashCode",
          "toString",
          "notify",
          "notifyAll",
          "wait",
          "equals",
          "clone",
          "finalize");

  private static final Pattern BREAK = Pattern.compile("[^A-Za-z0-9]+");

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9]*");

  private JavaNames() {}

  /** Java reads Unicode escapes anywhere, and other letters only if it knows the encoding. */
  static String ascii(String source) {
    StringBuilder text = new StringBuilder();
    for (char c : source.toCharArray()) {
      if (c < 0x80) {
        text.append(c);
      } else {
        text.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
    }
    return text.toString();
  }

  static String methodName(String name, Set<String> taken) {
    String camel = capitalised(name);
    camel = Character.toLowerCase(camel.charAt(0)) + camel.substring(1);
    // wte and h stay as they are; only names that are not valid in Java change.
    String plain = PLAIN.matcher(name).matches() ? name : camel;
    return unique(
        SourceVersion.isKeyword(plain) || taken.contains(plain) ? plain + "Layer" : plain, taken);
  }

  static String capitalised(String name) {
    StringBuilder text = new StringBuilder();
    for (String word : BREAK.split(name)) {
      if (!word.isEmpty()) {
        text.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
      }
    }
    return text.isEmpty() || !Character.isLetter(text.charAt(0)) ? "L" + text : text.toString();
  }

  static String unique(String name, Set<String> taken) {
    String free = name;
    for (int i = 2; !taken.add(free); i++) {
      free = name + i;
    }
    return free;
  }
}
