package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;

/** An activation function by its name in Hugging Face's ACT2FN. */
public final class Activation extends Module {
  /** Hugging Face's names; several are one function. */
  private static final Map<String, String> KERNELS =
      Map.ofEntries(
          Map.entry("gelu_new", "gelu_tanh"),
          Map.entry("gelu_pytorch_tanh", "gelu_tanh"),
          Map.entry("gelu_fast", "gelu_tanh"),
          Map.entry("gelu_python_tanh", "gelu_tanh"),
          Map.entry("gelu_accurate", "gelu_tanh"),
          Map.entry("gelu", "gelu"),
          Map.entry("gelu_python", "gelu"),
          Map.entry("relu", "relu"),
          Map.entry("relu2", "relu2"),
          Map.entry("relu6", "relu6"),
          Map.entry("leaky_relu", "leaky_relu"),
          Map.entry("elu", "elu"),
          Map.entry("mish", "mish"),
          Map.entry("softplus", "softplus"),
          Map.entry("silu", "silu"),
          Map.entry("swish", "silu"),
          Map.entry("tanh", "tanh"),
          Map.entry("sigmoid", "sigmoid"),
          Map.entry("quick_gelu", "quick_gelu"),
          Map.entry("linear", "linear"));

  private final String kernel;

  public Activation(Blueprint blueprint, String path, String name) {
    super(blueprint, path);
    this.kernel = kernel(name);
  }

  /**
   * The kernel of a function.
   *
   * @throws CheckpointException if there is none
   */
  public static String kernel(String name) {
    String kernel = KERNELS.get(name);
    if (kernel == null) {
      throw new CheckpointException(
          "the activation function '%s' is not known; known are %s"
              .formatted(name, KERNELS.keySet().stream().sorted().toList()));
    }
    return kernel;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return pass.ops().call(pass.arena(), "activation", input, kernel);
  }
}
