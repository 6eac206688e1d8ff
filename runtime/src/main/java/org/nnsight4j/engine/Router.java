package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses experts for each token. Its output is a tuple: the logits of all experts, the weights of
 * the chosen ones, and their indices, INT64. Each element is computed from the one before, as hooks
 * left it.
 */
public final class Router {
  /** How logits become weights. */
  public enum Choice {
    /** The softmax over all experts; the largest weights are used unchanged. */
    OF_ALL,
    /** The same, but the chosen weights are scaled to sum to 1. */
    OF_ALL_TO_ONE,
    /** The softmax over the chosen experts. */
    OF_CHOSEN
  }

  /** The input of the experts. */
  public record Chosen(NDArray weights, NDArray experts) {}

  private final Choice choice;
  private final int count;
  private final NDArray weight;
  private final @Nullable NDArray bias;
  private final HookPoint input;
  private final HookPoint logits;
  private final HookPoint weights;
  private final HookPoint experts;

  /**
   * A router.
   *
   * @param path its module, with a parameter {@code weight}
   * @param bias whether it also has a parameter {@code bias}
   * @param count how many experts each token has
   */
  public Router(Parts parts, String path, Choice choice, int count, boolean bias) {
    this.choice = choice;
    this.count = count;
    this.weight = parts.stored(path + ".weight");
    this.bias = bias ? parts.parameter(path + ".bias") : null;
    this.input = parts.input(path);
    this.logits = parts.output(path, 0);
    this.weights = parts.output(path, 1);
    this.experts = parts.output(path, 2);
  }

  /**
   * Chooses the experts of tokens.
   *
   * @param tokens {@code [token, hidden]}
   */
  public Chosen choose(Pass pass, NDArray tokens) {
    TorchOps ops = pass.ops();
    NDArray all = logits.show(pass, Linear.outIn(pass, input.show(pass, tokens), weight, bias));
    NDArray[] both =
        choice == Choice.OF_CHOSEN
            ? ops.callMany(pass.arena(), "router_of_chosen", all, (long) count)
            : ops.callMany(
                pass.arena(), "router_of_all", all, (long) count, choice == Choice.OF_ALL_TO_ONE);
    return new Chosen(weights.show(pass, both[0]), experts.show(pass, both[1]));
  }

  /**
   * The same as text.
   *
   * @return the weights of the chosen experts, and their indices
   */
  public List<Script.Value> script(Script script, Script.Value tokens) {
    Script.Value all = Linear.outIn(script, tokens, weight, bias);
    return choice == Choice.OF_CHOSEN
        ? script.callMany(2, "router_of_chosen", all, count)
        : script.callMany(2, "router_of_all", all, count, choice == Choice.OF_ALL_TO_ONE);
  }
}
