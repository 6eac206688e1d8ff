package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/** Listens to a forward pass; sites are numbered by their order in the blueprint. */
public interface Taps {
  /** Listens to nothing. */
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
      };

  /** Whether anything is read or written at a site in this pass. */
  boolean listens(int site);

  /**
   * Whether nothing is read or written at any of these sites in this pass.
   *
   * @param first the first site
   * @param last the last site
   */
  default boolean quiet(int first, int last) {
    for (int site = first; site <= last; site++) {
      if (listens(site)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a network must compute differently because a site is read or written: fused kernels
   * must run in steps, and what is not needed may be left out. Showing a value does not depend on
   * this.
   */
  default boolean decides(int site) {
    return listens(site);
  }

  /**
   * Whether a site's value may be shown after later ones have been computed: whoever listens
   * changes nothing there, and does not end the pass.
   */
  default boolean canWait(int site) {
    return !listens(site);
  }

  /**
   * Whether {@link #instead} may give a replacement for the output of a module in this pass.
   *
   * @param input the site of the module's input
   */
  default boolean replaces(int input) {
    return listens(input);
  }

  /**
   * Shows a site's value; returns the value to continue with. Called only if {@link #listens} is
   * true.
   *
   * @param arena where the returned value must live
   */
  NDArray at(int site, NDArray value, Arena arena);

  /**
   * The replacement for a module's output if the module is skipped; null if it runs. Called after
   * its input was shown, and only if {@link #listens} is true for the input.
   *
   * @param input the site of the module's input
   * @param arena where the result must live
   */
  default @Nullable NDArray instead(int input, Arena arena) {
    return null;
  }

  /** Whether nothing needs the rest of this pass. */
  default boolean done() {
    return false;
  }
}
