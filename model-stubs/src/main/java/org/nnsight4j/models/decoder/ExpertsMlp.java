package org.nnsight4j.models.decoder;

import org.nnsight4j.engine.Router.Choice;

/**
 * Experts instead of one MLP; a router chooses some of them for each token. Inside, the positions
 * of all rows are in one axis, {@code [token, hidden]}.
 */
public record ExpertsMlp(String name, String type, Router router, Experts experts)
    implements DecoderSpec.Mlp {
  /**
   * The router.
   *
   * @param experts how many there are
   * @param chosen how many each token has
   * @param choice how logits become weights
   * @param bias whether logits have biases
   */
  public record Router(
      String name, String type, int experts, int chosen, Choice choice, boolean bias) {}

  /**
   * The experts.
   *
   * @param width the neurons of one expert
   */
  public record Experts(String name, String type, int width, Storage storage) {}

  /** How a checkpoint stores experts. */
  public sealed interface Storage {}

  /**
   * Three matrices {@code [out, in]} for each expert, named below its index.
   *
   * @param function the activation of the gates, by its name in Hugging Face's ACT2FN
   */
  public record Apart(String gate, String up, String down, String function) implements Storage {}

  /**
   * All experts in one array, {@code gate_up_proj} and {@code down_proj}, with biases; gates and up
   * projections alternate.
   *
   * @param alpha the factor for gates before the sigmoid
   * @param limit the upper bound of gates, and the bound on the magnitude of up projections
   */
  public record Stacked(double alpha, double limit) implements Storage {}
}
