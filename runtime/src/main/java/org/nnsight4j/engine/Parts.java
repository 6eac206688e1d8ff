package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Makes the modules of a network from its blueprint and weights, and keeps them by path. */
public final class Parts {
  private final Blueprint blueprint;
  private final Weights weights;
  private final Map<String, Module> modules = new LinkedHashMap<>();
  private final Map<String, Integer> attentions = new LinkedHashMap<>();
  private long largest;

  public Parts(Blueprint blueprint, Weights weights) {
    this.blueprint = blueprint;
    this.weights = weights;
  }

  public Blueprint blueprint() {
    return blueprint;
  }

  /** Remembers that a module has keys and values in a layer of the cache. */
  void attention(String path, int layer) {
    attentions.put(path, layer);
  }

  Map<String, Integer> attentions() {
    return attentions;
  }

  /** The modules made so far. */
  Map<String, Module> modules() {
    return modules;
  }

  /** Registers a module of the family's own. */
  public <T extends Module> T add(T module) {
    modules.put(module.path(), module);
    return module;
  }

  public HookPoint input(String path) {
    return HookPoint.of(blueprint, SiteKey.input(path));
  }

  public HookPoint output(String path) {
    return HookPoint.of(blueprint, SiteKey.output(path));
  }

  /** The hook point of an element of a module's tuple. */
  public HookPoint output(String path, int element) {
    return HookPoint.of(blueprint, new SiteKey(path, Port.OUTPUT, element));
  }

  public Module embedding(String path) {
    return add(embedding(path, null, 0));
  }

  /** An embedding whose rows are multiplied by a number. */
  public Module embedding(String path, double scale) {
    return add(embedding(path, runType() == DType.BFLOAT16 ? rounded(scale) : scale, 0));
  }

  /** Normalisation by the root of the mean square, times {@code 1 + weight}. */
  public Module rmsNormPlusOne(String path, double epsilon) {
    return add(new RmsNorm(blueprint, path, weights.get(path + ".weight"), epsilon, true));
  }

  /** A parameter that does not belong to a module, in the type of the run. */
  public NDArray parameter(String name) {
    return weights.get(name);
  }

  /** The same in the type of its file, for kernels that convert what they use of it. */
  public NDArray stored(String name) {
    return weights.stored(name);
  }

  public Module layerNorm(String path, double epsilon) {
    return add(
        new LayerNorm(
            blueprint, path, weights.get(path + ".weight"), weights.get(path + ".bias"), epsilon));
  }

  /** Layer normalisation without parameters. */
  public Module layerNormPlain(String path, double epsilon) {
    return add(new LayerNorm(blueprint, path, null, null, epsilon));
  }

  /** An embedding in which id 0 does not have the first row. */
  public Module embedding(String path, long first) {
    return add(embedding(path, null, first));
  }

  private Embedding embedding(String path, @Nullable Double scale, long first) {
    return new Embedding(
        blueprint, path, weights.stored(path + ".weight"), runType(), scale, first);
  }

  /** As Hugging Face, where a number becomes one of the run's type. */
  private static double rounded(double number) {
    return Tensor.ofBfloat16(new float[] {(float) number}, 1).toFloatArray()[0];
  }

  /** The data type in which the network computes. */
  DType runType() {
    return weights.precision().run();
  }

  /** Where the network computes. */
  TorchDevice device() {
    return weights.device();
  }

  Weights weights() {
    return weights;
  }

  /** A linear layer whose matrix is {@code [in, out]}, like Hugging Face's {@code Conv1D}. */
  public Module conv1d(String path) {
    return add(product(path, Linear.Layout.IN_OUT, path + ".weight", weights.get(path + ".bias")));
  }

  /** Normalisation by the root of the mean square, without mean and bias. */
  public Module rmsNorm(String path, double epsilon) {
    return add(new RmsNorm(blueprint, path, weights.get(path + ".weight"), epsilon));
  }

  /** A linear layer with a bias of its own whose matrix is {@code [out, in]}. */
  public Module biasedLinear(String path) {
    return add(product(path, Linear.Layout.OUT_IN, path + ".weight", weights.get(path + ".bias")));
  }

  /** An array that depends on the configuration alone; it lives as long as the weights. */
  NDArray constant(String kernel, Object... args) {
    return weights.constant(kernel, args);
  }

  /** A linear layer without bias whose matrix {@code [out, in]} may be another module's. */
  public Module linear(String path, String parameter) {
    return add(product(path, Linear.Layout.OUT_IN, parameter, null));
  }

  /** The elements of the largest matrix of a linear layer, without that for logits. */
  long largestMatrix() {
    return largest;
  }

  private Module product(
      String path, Linear.Layout layout, String parameter, @Nullable NDArray bias) {
    NDArray weight = weights.stored(parameter);
    long[] shape = weight.getShape().getShape();
    if (shape[0] != blueprint.vocabularySize()) {
      largest = Math.max(largest, shape[0] * shape[1]);
    }
    return switch (weights.format()) {
      case AS_STORED -> new Linear(blueprint, path, layout, weight, bias);
      case INT8 -> new ByteLinear(blueprint, path, Linear.matrix(layout, weight), bias, weights);
      case FLOAT16, BFLOAT16 ->
          new PackedLinear(
              blueprint, path, weights.format(), Linear.matrix(layout, weight), bias, weights);
    };
  }

  public Module activation(String path, String name) {
    return add(new Activation(blueprint, path, name));
  }

  /** A module that changes nothing, such as dropout outside training. */
  public Module identity(String path) {
    return add(new Identity(blueprint, path));
  }
}
