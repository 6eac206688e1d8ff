package org.nnsight4j.internal.toolfile;

/**
 * What an autoencoder computes with its weights, whatever tool wrote it.
 *
 * @param name how its file names it, for messages
 * @param choice how features come from what is before them
 * @param k how many features stay at each position; 0 where their number is open
 * @param centered whether {@code b_dec} is subtracted from the input
 * @param rescaled whether features are chosen, and given, as if each row of the decoder had the
 *     norm 1
 * @param transcoder whether it gives another module's output instead of its input
 */
public record AutoencoderForm(
    String name,
    Choice choice,
    int k,
    boolean centered,
    boolean rescaled,
    Scaling scaling,
    boolean transcoder) {
  /** How features come from what is before them. */
  public enum Choice {
    RELU,
    TANH,
    GATED,
    /** A feature counts only above a threshold of its own. */
    JUMPRELU,
    TOPK,
    ABSTOPK,
    /** Features stand in {@code k} groups, and the largest of each stays. */
    GROUPMAX
  }

  /** How inputs are scaled. */
  public enum Scaling {
    NONE,
    TO_NORM,
    LAYER_NORM
  }

  /** The same with another choice. */
  public AutoencoderForm choosing(Choice other, int count) {
    return new AutoencoderForm(name, other, count, centered, rescaled, scaling, transcoder);
  }

  /** The same, of inputs that {@code b_dec} is not subtracted from. */
  public AutoencoderForm uncentered() {
    return new AutoencoderForm(name, choice, k, false, rescaled, scaling, transcoder);
  }
}
