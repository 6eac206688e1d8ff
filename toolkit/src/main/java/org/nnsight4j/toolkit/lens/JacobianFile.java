package org.nnsight4j.toolkit.lens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.TorchFile;
import org.nnsight4j.internal.toolfile.TorchWriter;
import org.nnsight4j.tensor.Tensor;

/**
 * The file of a Jacobian lens, as Anthropic's reference implementation and TransformerLens write
 * it: {@code J} by layer, {@code n_prompts}, {@code source_layers}, {@code d_model}; or the sums of
 * a fit that is not over.
 */
record JacobianFile(SortedMap<Integer, Tensor> matrices, int prompts, String model) {
  private static final Set<String> KNOWN =
      Set.of("J", "n_prompts", "source_layers", "d_model", "metadata");
  private static final Set<String> KNOWN_SUMS =
      Set.of(
          "jacobian_sum",
          "n_done",
          "next_idx",
          "source_layers",
          "target_layer",
          "skip_first",
          "model_name",
          "model_revision",
          "corpus",
          "metadata");

  /**
   * Reads a file.
   *
   * @param layers how many layers the model has
   */
  static JacobianFile read(Path file, int layers, int width) {
    if (!(TorchFile.read(file) instanceof Map<?, ?> content)) {
      throw new CheckpointException(file + ": expected a dictionary, found another object");
    }
    boolean sums = content.containsKey("jacobian_sum");
    for (Object key : content.keySet()) {
      if (!(sums ? KNOWN_SUMS : KNOWN).contains(key)) {
        throw new CheckpointException(
            "%s: '%s' is no key of a Jacobian lens that nnsight4j knows, and may change the numbers; remove it if it does not"
                .formatted(file, key));
      }
    }
    if (!(content.get(sums ? "jacobian_sum" : "J") instanceof Map<?, ?> found) || found.isEmpty()) {
      throw new CheckpointException(
          "%s: expected matrices by layer as 'J' or 'jacobian_sum', found none".formatted(file));
    }
    int prompts = integer(file, content, sums ? "n_done" : "n_prompts");
    require(file, content, layers, prompts);
    SortedMap<Integer, Tensor> matrices = new TreeMap<>();
    for (Map.Entry<?, ?> each : found.entrySet()) {
      int layer = layer(file, each.getKey(), layers);
      if (!(each.getValue() instanceof Tensor tensor)
          || tensor.rank() != 2
          || tensor.shape(0) != width
          || tensor.shape(1) != width) {
        throw new CheckpointException(
            "%s: expected a matrix [%s, %s] for layer %s, found %s; it may be of another model"
                .formatted(
                    file,
                    width,
                    width,
                    layer,
                    each.getValue() instanceof Tensor other ? other.header() : "no tensor"));
      }
      float[] numbers = tensor.toFloatArray();
      for (int i = 0; sums && i < numbers.length; i++) {
        numbers[i] /= prompts;
      }
      matrices.put(layer, Tensor.of(numbers, width, width));
    }
    return new JacobianFile(matrices, prompts, model(content));
  }

  /** The name of its model; empty if it has none. */
  private static String model(Map<?, ?> content) {
    @Nullable Object name = content.get("model_name");
    if (name == null && content.get("metadata") instanceof Map<?, ?> metadata) {
      name = metadata.get("model_name");
    }
    return name instanceof String text ? text : "";
  }

  /** What would make the matrices mean something else. */
  private static void require(Path file, Map<?, ?> content, int layers, int prompts) {
    if (prompts < 1) {
      throw new CheckpointException("%s: it is of %s prompts".formatted(file, prompts));
    }
    Map<Object, Object> metadata = new LinkedHashMap<>();
    if (content.get("metadata") instanceof Map<?, ?> own) {
      metadata.putAll(own);
    }
    @Nullable Object target = content.get("target_layer");
    target = target == null ? metadata.get("target_layer") : target;
    if (target instanceof Long layer && layer != layers - 1) {
      throw new CheckpointException(
          "%s: expected a lens onto the last layer, %s, found one onto layer %s"
              .formatted(file, layers - 1, layer));
    }
    Object estimator = metadata.getOrDefault("estimator", "jacobian_lens");
    if (!estimator.equals("jacobian_lens")) {
      throw new CheckpointException(
          "%s: expected the estimator jacobian_lens, found %s".formatted(file, estimator));
    }
  }

  private static int integer(Path file, Map<?, ?> content, String key) {
    if (content.get(key) instanceof Long number) {
      return Math.toIntExact(number);
    }
    throw new CheckpointException("%s: expected an integer as '%s'".formatted(file, key));
  }

  private static int layer(Path file, Object key, int layers) {
    if (key instanceof Long layer && layer >= 0 && layer < layers - 1) {
      return layer.intValue();
    }
    throw new CheckpointException(
        "%s: expected layers from 0 to %s, found %s; it may be of another model"
            .formatted(file, layers - 2, key));
  }

  void write(Path file, int width) throws IOException {
    List<Object> layers = new ArrayList<>(matrices.keySet());
    Map<Object, Object> content = new LinkedHashMap<>();
    content.put("J", matrices);
    content.put("n_prompts", prompts);
    content.put("source_layers", layers);
    content.put("d_model", width);
    TorchWriter.write(file, content);
  }
}
