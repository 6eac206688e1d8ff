package org.nnsight4j.models.decoder;

import org.nnsight4j.engine.Rope;
import org.nnsight4j.tensor.Dims;

/**
 * The module that makes the tables of rotary positions once for all blocks. Its output is the tuple
 * of cosines and sines.
 */
record RotaryPart(String path, String type, Rope rope) {
  /** Whether attention makes the tables itself, so that they have no site. */
  boolean isHidden() {
    return type.isEmpty();
  }

  Dims table() {
    // Half a pair has no angle, so an odd width rotates one more feature.
    int width = rope.width() + rope.width() % 2;
    return Sizes.row("rotary", rope.halfTables() ? width / 2 : width);
  }
}
