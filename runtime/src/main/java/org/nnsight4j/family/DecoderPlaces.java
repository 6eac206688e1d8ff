package org.nnsight4j.family;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a decoder has what every decoder has: how the view that families share finds its way in one
 * of them. Data only; {@link org.nnsight4j.arch.Decoder} reads it.
 *
 * @param tokens the embedding of tokens
 * @param positions the embedding of positions; null if there is none
 * @param embeddings what the first block reads, before positions are added to it
 * @param layers the blocks in their order
 * @param last the modules between the last block and the unembedding: most often one normalisation
 * @param unembedding the module that makes logits
 * @param logitCap no logit of the model is larger: {@code cap * tanh(logit / cap)}; null for no cap
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
   * @param attentionOut what attention gives to it
   * @param mlpOut what the MLP gives to it
   * @param middle where the stream between both is a site of its own; null if it is not
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
    /** One half after the other: input + attention + MLP is the output. */
    IN_TURN,
    /** The same, and each module adds what it read before it returns (BLOOM). */
    INSIDE,
    /** Both read the block's input; input + attention + MLP is the output (Pythia). */
    AT_ONCE,
    /** One half after the other, and the stream itself is normalised between them (OPT 350m). */
    NORMED
  }

  /**
   * Attention, with the inner values {@code q}, {@code k}, {@code v}, {@code scores}, {@code
   * pattern} and {@code z} below its module.
   *
   * @param rotates whether there are {@code rotQ} and {@code rotK} too
   * @param window how many keys a query sees, its own included; null for all
   * @param sinks whether a learned sink takes a part of each row, so that rows of the pattern sum
   *     to less than 1
   */
  public record Attention(
      String module,
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
   * @param output what the down projection gives
   */
  public record Mlp(SiteKey input, SiteKey preActivation, SiteKey neurons, SiteKey output) {}
}
