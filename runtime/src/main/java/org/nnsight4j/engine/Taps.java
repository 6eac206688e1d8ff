package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

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
        public @Nullable NDArray instead(int input, Arena arena) {
          return null;
        }

        @Override
        public boolean done() {
          return false;
        }
      };

  /** Whether anything is read or written at a site in this pass. */
  boolean listens(int site);

  /**
   * Whether a network is to compute in another way because somebody listens at a site: what is
   * fused must be shown in steps, what is not wanted is left out. Showing a value does not ask
   * this.
   */
  default boolean decides(int site) {
    return listens(site);
  }

  /**
   * Shows a site's value; gives the value to go on with. Called only if it listens.
   *
   * @param arena where the value to go on with must live
   */
  NDArray at(int site, NDArray value, Arena arena);

  /**
   * What stands for a module's output if the module is not to run; null if it runs. Asked after its
   * input was shown, only if that listens.
   *
   * @param input the site of the module's input
   * @param arena where the result must live
   */
  @Nullable NDArray instead(int input, Arena arena);

  /** Whether the rest of this pass is of no interest to anybody. */
  boolean done();
}
