package org.nnsight4j.graph;

/** Of what, and with respect to what, a gradient can be taken. */
final class GradientRules {
  private GradientRules() {}

  /** Refuses what has no gradient, on the user's line. */
  static void check(Recording recording, Value<?> scalar, Value<?> target, SourceLine line) {
    if (scalar.meta().dims().isKnown() && scalar.meta().dims().count() != 1) {
      throw recording.fail(
          "a gradient is taken of one number, this value has the shape %s; sum() it first"
              .formatted(scalar.shape()),
          line);
    }
    if (!scalar.meta().dtype().isFloating() || !target.meta().dtype().isFloating()) {
      throw recording.fail(
          "a gradient needs floating numbers, found %s with respect to %s"
              .formatted(scalar.meta().dtype(), target.meta().dtype()),
          line);
    }
    if (target.moment().compareTo(scalar.moment()) > 0) {
      throw recording.fail(
          "the value %s comes later than the scalar and cannot have a gradient"
              .formatted(target.describe()),
          line);
    }
  }
}
