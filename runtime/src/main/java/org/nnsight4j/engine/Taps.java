package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/** What listens to a forward pass; sites are numbered by their order in the blueprint. */
public interface Taps {
  /** Nobody listens. */
  Taps NONE =
      new Taps() {
        @Override
        public boolean listens(int site) {
          return false;
        }

        @Override
        public NDArray at(int site, NDArray value, Arena arena) {
          return value;
        }

        @Override
        public boolean done() {
          return false;
        }
      };

  /** Whether anything is read or written at a site in this pass. */
  boolean listens(int site);

  /**
   * Shows a site's value; gives the value to go on with. Called only if it listens.
   *
   * @param arena where the value to go on with must live
   */
  NDArray at(int site, NDArray value, Arena arena);

  /** Whether the rest of this pass is of no interest to anybody. */
  boolean done();
}
