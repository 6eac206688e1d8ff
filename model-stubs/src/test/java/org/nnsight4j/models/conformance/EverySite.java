package org.nnsight4j.models.conformance;

import org.nnsight4j.engine.Taps;

/** Looks at all sites of a pass. */
interface EverySite extends Taps {
  @Override
  default boolean listens(int site) {
    return true;
  }
}
