package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.Gguf;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Adds a direction to the residual stream after each of its layers (Zou et al. 2023, representation
 * engineering): {@code h_l + d_l} at every position and step, where {@code h_l} is the output of
 * layer {@code l}, counted from 0. It reads and writes the files of repeng and llama.cpp: GGUF with
 * tensors {@code direction.<l>}.
 *
 * <pre>{@code
 * ControlVector happy = ControlVector.read(Path.of("happy.gguf"));
 * ...
 * invoker.add(happy.times(1.5));
 * }</pre>
 *
 * <p>llama.cpp never changes the output of layer 0, and refuses a file with {@code direction.0}. As
 * in repeng, layer 0 is like any other layer here.
 */
public final class ControlVector {
  private static final String ARCHITECTURE = "general.architecture";
  private static final String KIND = "controlvector";
  private static final String MODEL = KIND + ".model_hint";
  private static final String COUNT = KIND + ".layer_count";
  private static final Pattern DIRECTION = Pattern.compile("direction\\.(\\d{1,5})");

  private final String modelType;
  private final SortedMap<Integer, Tensor> directions;

  private ControlVector(String where, String modelType, Map<Integer, Tensor> directions) {
    SortedMap<Integer, Tensor> copy = new TreeMap<>();
    directions.forEach((layer, tensor) -> copy.put(layer, checked(where, layer, tensor)));
    if (copy.isEmpty()) {
      throw new CheckpointException(
          "%s: expected a direction for one layer or more, found none".formatted(where));
    }
    long width = copy.values().iterator().next().shape(0);
    copy.forEach((layer, tensor) -> Parameters.same(where + ": direction." + layer, tensor, width));
    this.modelType = modelType;
    this.directions = Collections.unmodifiableSortedMap(copy);
  }

  private static Tensor checked(String where, int layer, Tensor tensor) {
    if (layer < 0 || tensor.rank() != 1 || !tensor.dtype().isFloating()) {
      throw new CheckpointException(
          "%s: expected direction.%s of a layer from 0 on with one axis of floating numbers, found %s"
              .formatted(where, layer, tensor));
    }
    return tensor.dtype() == DType.FLOAT32 ? tensor : Parameters.float32(tensor);
  }

  /**
   * Creates a control vector from your own numbers.
   *
   * @param modelType the {@code model_type} of config.json, for example {@code llama}
   * @param directions by layer, counted from 0; {@code [hidden]} each
   */
  public static ControlVector of(String modelType, Map<Integer, Tensor> directions) {
    return new ControlVector("a control vector", modelType, directions);
  }

  /**
   * Reads a GGUF file.
   *
   * @throws CheckpointException if the file is damaged, is not a control vector, or contains
   *     anything that would not be used
   */
  public static ControlVector read(Path file) {
    Gguf content = Gguf.read(file);
    Object kind = content.values().getOrDefault(ARCHITECTURE, "nothing");
    if (!kind.equals(KIND)) {
      throw new CheckpointException(
          "%s: expected %s = %s, found %s; this is another kind of file"
              .formatted(file, ARCHITECTURE, KIND, kind));
    }
    for (String key : content.values().keySet()) {
      if (!key.startsWith("general.") && !key.equals(MODEL) && !key.equals(COUNT)) {
        throw new CheckpointException(
            "%s: %s=%s is no key of repeng or llama.cpp that nnsight4j knows, and may change the numbers; remove it if it does not"
                .formatted(file, key, content.values().get(key)));
      }
    }
    Map<Integer, Tensor> directions = new TreeMap<>();
    for (Map.Entry<String, Tensor> each : content.tensors().entrySet()) {
      Matcher matcher = DIRECTION.matcher(each.getKey());
      if (!matcher.matches()) {
        throw new CheckpointException(
            "%s: expected tensors direction.<layer>, found '%s'".formatted(file, each.getKey()));
      }
      if (directions.put(Integer.valueOf(matcher.group(1)), each.getValue()) != null) {
        throw new CheckpointException(
            "%s: the direction of layer %s is there twice".formatted(file, matcher.group(1)));
      }
    }
    Object count = content.values().getOrDefault(COUNT, (long) directions.size());
    if (!count.equals((long) directions.size())) {
      throw new CheckpointException(
          "%s: %s = %s, but there are %s directions; the file is incomplete"
              .formatted(file, COUNT, count, directions.size()));
    }
    return new ControlVector(
        file.toString(), String.valueOf(content.values().getOrDefault(MODEL, "")), directions);
  }

  /**
   * Writes a GGUF file, with the same bytes as repeng's {@code export_gguf} for this order of
   * layers.
   */
  public void write(Path file) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put(ARCHITECTURE, KIND);
    values.put(MODEL, modelType);
    values.put(COUNT, (long) directions.size());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    directions.forEach((layer, tensor) -> tensors.put("direction." + layer, tensor));
    new Gguf(values, tensors).write(file);
  }

  /** The {@code model_type} for which it was made; empty if the file does not say. */
  public String modelType() {
    return modelType;
  }

  /** By layer, counted from 0; {@code [hidden]} each. */
  public SortedMap<Integer, Tensor> directions() {
    return directions;
  }

  /** All directions times a factor: stronger, weaker, or reversed. */
  public ControlVector times(double factor) {
    Map<Integer, Tensor> scaled = new TreeMap<>();
    directions.forEach((layer, tensor) -> scaled.put(layer, Parameters.times(tensor, factor)));
    return new ControlVector("a control vector", modelType, scaled);
  }

  /** The sum, with every layer that either of them has (as llama.cpp adds several files). */
  public ControlVector plus(ControlVector other) {
    BiFunction<Tensor, Tensor, Tensor> sum =
        (one, two) -> {
          Parameters.same("a direction of the other control vector", two, one.shape());
          float[] all = one.toFloatArray();
          float[] more = two.toFloatArray();
          for (int i = 0; i < all.length; i++) {
            all[i] += more[i];
          }
          return Tensor.of(all, one.shape());
        };
    Map<Integer, Tensor> all = new TreeMap<>(directions);
    other.directions.forEach((layer, tensor) -> all.merge(layer, tensor, sum));
    return new ControlVector("a sum of control vectors", modelType, all);
  }

  /**
   * The directions of a range of layers (llama.cpp's {@code --control-vector-layer-range}).
   *
   * @param last the last layer, included
   */
  public ControlVector layers(int first, int last) {
    return new ControlVector(
        "layers %s to %s of a control vector".formatted(first, last),
        modelType,
        directions.subMap(first, Math.addExact(last, 1)));
  }
}
