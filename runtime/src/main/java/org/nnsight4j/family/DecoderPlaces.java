package org.nnsight4j.family;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one decoder has the places that all decoders share. Data only; {@link
 * org.nnsight4j.arch.Decoder} reads it.
 *
 * @param tokens the embedding of tokens
 * @param positions the embedding of positions; null if there is none
 * @param embeddings what the first block reads, before positions are added to it
 * @param layers the blocks in their order
 * @param last the modules between the last block and the unembedding, usually one normalisation
 * @param unembedding the module that makes logits
 * @param logitCap the bound in {@code cap * tanh(logit / cap)}; null for no cap
 */
public record DecoderPlaces(
    String tokens,
    @Nullable String positions,
    SiteKey embeddings,
    List<Layer> layers,
    List<String> last,
    String unembedding,
    @Nullable Double logitCap) {
  public DecoderPlaces {
    layers = List.copyOf(layers);
    last = List.copyOf(last);
  }

  /**
   * One block.
   *
   * @param sums how its halves add to the residual stream
   * @param attentionOut what attention adds to it
   * @param mlpOut what the MLP adds to it
   * @param middle where the stream between the two is a site of its own; null if it is not
   * @param mlp null if there is no dense MLP
   */
  public record Layer(
      String module,
      Sums sums,
      Attention attention,
      SiteKey attentionOut,
      SiteKey mlpOut,
      @Nullable SiteKey middle,
      @Nullable Mlp mlp) {}

  /** How the halves of a block add to the residual stream. */
  public enum Sums {
    /** Attention first, then the MLP: input + attention + MLP is the output. */
    IN_TURN,
    /** The same, but each module adds its own input before it returns (BLOOM). */
    INSIDE,
    /** Both read the block's input; input + attention + MLP is the output (Pythia). */
    AT_ONCE,
    /**
     * Attention first, then the MLP, and the stream itself is normalised between them (OPT 350m).
     */
    NORMED
  }

  /**
   * Attention, with the inner values {@code q}, {@code k}, {@code v}, {@code scores}, {@code
   * pattern} and {@code z} below its module.
   *
   * @param projection the module that turns {@code z}, with heads side by side, into what attention
   *     gives back; linear
   * @param rotates whether there are also {@code rotQ} and {@code rotK}
   * @param window how many keys a query sees, its own included; null for all
   * @param sinks whether a learned sink takes part of each row, so that rows of the pattern sum to
   *     less than 1
   */
  public record Attention(
      String module,
      String projection,
      int heads,
      int kvHeads,
      int headDim,
      boolean rotates,
      @Nullable Integer window,
      boolean sinks) {}

  /**
   * A dense MLP.
   *
   * @param input what it reads
   * @param preActivation what the activation function reads
   * @param neurons what the down projection reads: after the activation, and after the product of a
   *     gated MLP
   * @param output the output of the down projection
   */
  public record Mlp(SiteKey input, SiteKey preActivation, SiteKey neurons, SiteKey output) {}
}
