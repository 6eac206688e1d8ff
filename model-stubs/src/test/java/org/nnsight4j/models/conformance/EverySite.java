package org.nnsight4j.models.conformance;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Taps;

/** Looks at all sites of a pass. */
interface EverySite extends Taps {
  @Override
  default boolean listens(int site) {
    return true;
  }

  @Override
  default @Nullable NDArray instead(int input, Arena arena) {
    return null;
  }

  @Override
  default boolean done() {
    return false;
  }
}
