package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Many MLPs; each token goes through those that were chosen for it. An index that belongs to no
 * expert adds nothing, as in Hugging Face.
 */
public final class Experts {
  /** The matrices. */
  public sealed interface Matrices {}

  /**
   * Three matrices {@code [out, in]} for each expert.
   *
   * @param function the activation of the gates, by its name in Hugging Face's ACT2FN
   */
  public record Gated(List<NDArray> gates, List<NDArray> ups, List<NDArray> downs, String function)
      implements Matrices {
    public Gated {
      gates = List.copyOf(gates);
      ups = List.copyOf(ups);
      downs = List.copyOf(downs);
      Activation.check(function);
    }
  }

  /**
   * Gates and up projections in alternating columns of one array {@code [expert, in, out]}, both
   * clamped: {@code (up + 1) * gate * sigmoid(alpha * gate)}.
   */
  public record Clamped(
      NDArray both, NDArray bothBias, NDArray down, NDArray downBias, double alpha, double limit)
      implements Matrices {}

  private final Matrices matrices;
  private final HookPoint input;
  private final HookPoint output;

  public Experts(Parts parts, String path, Matrices matrices) {
    this.matrices = matrices;
    this.input = parts.input(path);
    this.output = parts.output(path);
  }

  /**
   * The combined output of each token's experts.
   *
   * @param tokens {@code [token, hidden]}
   */
  public NDArray mix(Pass pass, NDArray tokens, Router.Chosen chosen) {
    NDArray seen = input.show(pass, tokens);
    return output.show(pass, mixed(pass, seen, chosen.weights(), chosen.experts()));
  }

  private NDArray mixed(Pass pass, NDArray tokens, NDArray weights, NDArray experts) {
    TorchOps ops = pass.ops();
    long parts = pass.parts();
    if (matrices instanceof Gated gated) {
      return ops.call(
          pass.arena(),
          "experts_gated",
          tokens,
          weights,
          experts,
          parts,
          own(pass, gated.gates()),
          own(pass, gated.ups()),
          own(pass, gated.downs()),
          gated.function());
    }
    Clamped clamped = (Clamped) matrices;
    return ops.call(
        pass.arena(),
        "experts_clamped",
        tokens,
        weights,
        experts,
        parts,
        pass.own(clamped.both()),
        pass.own(clamped.bothBias()),
        pass.own(clamped.down()),
        pass.own(clamped.downBias()),
        clamped.alpha(),
        clamped.limit());
  }

  private static List<NDArray> own(Pass pass, List<NDArray> parameters) {
    return parameters.stream().map(pass::own).toList();
  }

  /**
   * The same as text.
   *
   * @param chosen the weights of the chosen experts, and their indices
   */
  public Script.Value script(Script script, Script.Value tokens, List<Script.Value> chosen) {
    int parts = script.facts().parts();
    Script.Value weights = chosen.get(0);
    Script.Value experts = chosen.get(1);
    if (matrices instanceof Gated gated) {
      return script.call(
          "experts_gated",
          tokens,
          weights,
          experts,
          parts,
          listed(script, gated.gates()),
          listed(script, gated.ups()),
          listed(script, gated.downs()),
          gated.function());
    }
    Clamped clamped = (Clamped) matrices;
    return script.call(
        "experts_clamped",
        tokens,
        weights,
        experts,
        parts,
        script.parameter(clamped.both()),
        script.parameter(clamped.bothBias()),
        script.parameter(clamped.down()),
        script.parameter(clamped.downBias()),
        clamped.alpha(),
        clamped.limit());
  }

  private static Script.Value listed(Script script, List<NDArray> arrays) {
    return new Script.Value(
        arrays.stream()
            .map(array -> script.parameter(array).name())
            .collect(Collectors.joining(", ", "[", "]")));
  }
}
