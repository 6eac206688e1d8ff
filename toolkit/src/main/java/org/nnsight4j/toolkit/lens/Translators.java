package org.nnsight4j.toolkit.lens;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.toolfile.TorchFile;
import org.nnsight4j.internal.toolfile.TorchWriter;
import org.nnsight4j.internal.toolfile.TunedLensConfig;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.Passes;

/** The matrices and biases of a tuned lens, and their files. */
final class Translators {
  private final int width;
  private final List<Tensor> matrices;
  private final List<Tensor> biases;

  Translators(int width, List<Tensor> matrices, List<Tensor> biases) {
    this.width = width;
    this.matrices = List.copyOf(matrices);
    this.biases = List.copyOf(biases);
  }

  static Translators zero(int layers, int width) {
    List<Tensor> matrices = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      matrices.add(Tensor.of(new float[Math.multiplyExact(width, width)], width, width));
      biases.add(Tensor.of(new float[width], width));
    }
    return new Translators(width, matrices, biases);
  }

  static Translators read(Path folder, LanguageModel<?> model) {
    int layers = Passes.layers(model);
    int width = Passes.width(model);
    TunedLensConfig config = TunedLensConfig.read(folder.resolve("config.json"));
    if (config.width() != width || config.layers() != layers) {
      throw new RunException(
          "%s: expected a lens of a model with %s layers of width %s, found %s layers of width %s (it was made for %s)"
              .formatted(
                  config,
                  layers,
                  width,
                  config.layers(),
                  config.width(),
                  config.model().orElse("a model without a name")));
    }
    Identity.require(
        "the lens in " + folder, config.model().orElse(""), model.blueprint().architecture(), true);
    Path file = folder.resolve("params.pt");
    if (!(TorchFile.read(file) instanceof Map<?, ?> found)) {
      throw new CheckpointException(
          "%s: expected a state_dict, found another object".formatted(file));
    }
    Map<Object, Object> rest = new LinkedHashMap<>(found);
    List<Tensor> matrices = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      matrices.add(tensor(file, rest, i + ".weight", width, width));
      biases.add(
          config.hasBias()
              ? tensor(file, rest, i + ".bias", width)
              : Tensor.of(new float[width], width));
    }
    if (!rest.isEmpty()) {
      throw new CheckpointException(
          "%s: expected weights and biases of %s translators, found also %s"
              .formatted(file, layers, rest.keySet()));
    }
    return new Translators(width, matrices, biases);
  }

  private static Tensor tensor(Path file, Map<Object, Object> rest, String name, long... shape) {
    Object found = rest.remove(name);
    if (!(found instanceof Tensor tensor) || !Arrays.equals(tensor.shape(), shape)) {
      throw new CheckpointException(
          "%s: expected a tensor '%s' of the shape %s, found %s"
              .formatted(
                  file,
                  name,
                  Arrays.toString(shape),
                  found instanceof Tensor other ? other.header() : "none"));
    }
    return tensor.dtype() == DType.FLOAT32 ? tensor : Tensor.of(tensor.toFloatArray(), shape);
  }

  void write(Path folder, String model) throws IOException {
    Files.createDirectories(folder);
    ObjectNode config =
        JsonNodeFactory.instance
            .objectNode()
            .put("base_model_name_or_path", model)
            .put("d_model", width)
            .put("num_hidden_layers", matrices.size())
            .put("bias", true)
            .putNull("base_model_revision")
            .putNull("unembed_hash")
            .put("lens_type", "linear_tuned_lens");
    Files.writeString(folder.resolve("config.json"), config.toPrettyString() + "\n");
    Map<Object, Object> tensors = new LinkedHashMap<>();
    for (int i = 0; i < matrices.size(); i++) {
      tensors.put(i + ".weight", matrices.get(i));
      tensors.put(i + ".bias", biases.get(i));
    }
    TorchWriter.write(folder.resolve("params.pt"), tensors);
  }

  int count() {
    return matrices.size();
  }

  Tensor matrix(int translator) {
    return matrices.get(checked(translator));
  }

  Tensor bias(int translator) {
    return biases.get(checked(translator));
  }

  private int checked(int translator) {
    if (translator < 0 || translator >= matrices.size()) {
      throw new RunException(
          "translator %s does not exist: there are %s, of which 0 reads the embeddings and %s the stream after layer %s"
              .formatted(translator, matrices.size(), matrices.size() - 1, matrices.size() - 2));
    }
    return translator;
  }
}
