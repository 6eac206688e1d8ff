package org.nnsight4j.internal.pin;

import org.jspecify.annotations.Nullable;

/**
 * The messages about disagreements, word for word those of the processor (its {@code validate}):
 * the ids are those of docs/errors, and a test compares the two.
 *
 * @param name the name of what the descriptor or checkpoint ("here") is compared with
 */
record PinMessages(String name) {
  String architecture(String pinned, String here) {
    return "[WrongSnapshot] the architecture is '%s' in %s, '%s' here"
        .formatted(pinned, name, here);
  }

  String missing(String parent, String layers) {
    return "[MissingLayer] %s has %s in %s, but not here".formatted(parent, layers, name);
  }

  String unknown(String parent, String layer, @Nullable String similar) {
    return "[UnknownLayer] %s has '%s' here, but not in %s%s"
        .formatted(
            parent, layer, name, similar == null ? "" : "; did you mean '%s'?".formatted(similar));
  }

  String count(String path, String pinned, String here) {
    return "[LayerCount] %s is there %s in %s, %s here".formatted(path, pinned, name, here);
  }

  static String times(@Nullable Integer count) {
    return count == null ? "repeatedly" : count + " times";
  }

  String width(String path, String differences) {
    return "[LayerWidth] %s %s".formatted(path, differences);
  }

  /** For example {@code takes hidden (8) in toy.layers.json, inner (32) here}. */
  String axis(String verb, String pinned, String here) {
    return "%s %s in %s, %s here".formatted(verb, pinned, name, here);
  }

  String type(String path, String pinned, String here) {
    return "[LayerClass] %s is %s in %s, %s here".formatted(path, pinned, name, here);
  }

  String tuple(String path, int pinned, int here) {
    return "[LayerTuple] %s gives %s in %s, %s here"
        .formatted(path, elements(pinned), name, elements(here));
  }

  private static String elements(int size) {
    return size == 0 ? "a tensor" : "a tuple of " + size;
  }

  String shape(String path, String pinned, String here) {
    return "[LayerShape] %s gives %s in %s, %s here".formatted(path, pinned, name, here);
  }

  /** A number that only a checkpoint can contradict, such as the length of an axis. */
  String number(String what, Object pinned, Object here) {
    return "%s is %s in %s, %s here".formatted(what, pinned, name, here);
  }
}
