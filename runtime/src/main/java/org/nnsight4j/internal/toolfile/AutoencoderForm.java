package org.nnsight4j.internal.toolfile;

/**
 * What an autoencoder computes with its weights, in the same form for every tool.
 *
 * @param name its name in the file, for messages
 * @param choice how features are chosen from the values before the activation function
 * @param k how many features are kept at each position; 0 if the number varies
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
  /** How features are chosen from the values before the activation function. */
  public enum Choice {
    RELU,
    TANH,
    GATED,
    /** Each feature counts only above its own threshold. */
    JUMPRELU,
    TOPK,
    ABSTOPK,
    /** Features are in {@code k} groups, and the largest of each group is kept. */
    GROUPMAX
  }

  /** How inputs are scaled. */
  public enum Scaling {
    NONE,
    TO_NORM,
    LAYER_NORM
  }

  /** A copy with another choice. */
  public AutoencoderForm choosing(Choice other, int count) {
    return new AutoencoderForm(name, other, count, centered, rescaled, scaling, transcoder);
  }

  /** A copy that does not subtract {@code b_dec} from the input. */
  public AutoencoderForm uncentered() {
    return new AutoencoderForm(name, choice, k, false, rescaled, scaling, transcoder);
  }
}
