package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;

/** An activation function, by its name in Hugging Face's ACT2FN. */
public final class Activation extends Module {
  private static final List<Step> GELU = List.of(Step.of("gelu"));
  private static final List<Step> GELU_TANH = List.of(Step.of("gelu_tanh"));
  private static final List<Step> SILU = List.of(Step.of("silu"));

  /**
   * The operations that make up each function, the same ones that users record; several names are
   * one function.
   */
  private static final Map<String, List<Step>> FUNCTIONS =
      Map.ofEntries(
          Map.entry("gelu_new", GELU_TANH),
          Map.entry("gelu_pytorch_tanh", GELU_TANH),
          Map.entry("gelu_fast", GELU_TANH),
          Map.entry("gelu_python_tanh", GELU_TANH),
          Map.entry("gelu_accurate", GELU_TANH),
          Map.entry("gelu", GELU),
          Map.entry("gelu_python", GELU),
          Map.entry("relu", List.of(Step.of("relu"))),
          Map.entry("relu2", List.of(Step.of("relu"), Step.of("square"))),
          Map.entry("relu6", List.of(Step.of("relu6"))),
          Map.entry("leaky_relu", List.of(Step.of("leaky_relu", 0.01))),
          Map.entry("elu", List.of(Step.of("elu", 1.0))),
          Map.entry("mish", List.of(Step.of("mish"))),
          Map.entry("softplus", List.of(Step.of("softplus", 1.0, 20.0))),
          Map.entry("silu", SILU),
          Map.entry("swish", SILU),
          Map.entry("tanh", List.of(Step.of("tanh"))),
          Map.entry("sigmoid", List.of(Step.of("sigmoid"))),
          Map.entry("quick_gelu", List.of(Step.of("quick_gelu"))),
          Map.entry("linear", List.of()));

  private final List<Step> steps;

  /** An operation and its arguments after the tensor. */
  private record Step(String op, List<Double> more) {
    static Step of(String op, Double... more) {
      return new Step(op, List.of(more));
    }

    /** A call of it inside another kernel. */
    String script(String argument) {
      StringBuilder call = new StringBuilder("(self).").append(TorchOps.scriptName(op));
      call.append('(').append(argument);
      more.forEach(number -> call.append(", ").append(number));
      return call.append(", )").toString();
    }

    NDArray of(Pass pass, NDArray input) {
      Object[] arguments = new Object[1 + more.size()];
      arguments[0] = input;
      for (int i = 0; i < more.size(); i++) {
        arguments[1 + i] = more.get(i);
      }
      return pass.ops().call(pass.arena(), TorchOps.scriptName(op), arguments);
    }
  }

  /**
   * The function with a name.
   *
   * @throws CheckpointException if there is none
   */
  public Activation(Blueprint blueprint, String path, String name) {
    super(blueprint, path);
    this.steps = steps(name);
  }

  /**
   * Refuses an unknown name early.
   *
   * @throws CheckpointException if no function has it
   */
  public static void check(String name) {
    steps(name);
  }

  /** All functions as one kernel {@code activation(x, name)}, for kernels with one inside. */
  static ScriptArchive.Method kernel() {
    StringBuilder text = new StringBuilder("y = x\n");
    FUNCTIONS.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            function -> {
              text.append("if name == \"").append(function.getKey()).append("\":\n  y = x\n");
              for (Step step : function.getValue()) {
                text.append("  y = ").append(step.script("y")).append('\n');
              }
            });
    return Kernels.kernel("activation", "x: Tensor, name: str", text.append("return y").toString());
  }

  private static List<Step> steps(String name) {
    List<Step> steps = FUNCTIONS.get(name);
    if (steps == null) {
      throw new CheckpointException(
          "the activation function '%s' is not known; known are %s"
              .formatted(name, FUNCTIONS.keySet().stream().sorted().toList()));
    }
    return steps;
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    Script.Value value = input;
    for (Step step : steps) {
      value = script.line(step.script(value.name()));
    }
    return value;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    NDArray value = input;
    for (Step step : steps) {
      value = step.of(pass, value);
    }
    return value;
  }
}
