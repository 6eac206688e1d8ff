package org.nnsight4j.internal.pin;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;
import org.nnsight4j.internal.spelling.Shown;

/** What weight files reveal about an architecture without a family: only part of its modules. */
public final class WeightTree {
  /** Hugging Face's names of the same widths in configurations. */
  private static final Map<String, List<String>> WIDTHS =
      Map.of(
          "hidden", List.of("hidden_size", "n_embd", "d_model", "dim"),
          "inner", List.of("intermediate_size", "n_inner", "d_ff", "ffn_dim"),
          "vocab", List.of("vocab_size"));

  /** Hugging Face's names of the lengths of lists of modules in configurations. */
  private static final Pattern COUNT = Pattern.compile("(.*_)?(layers?|blocks|depth|experts)");

  private static final Pattern EMBEDDING = Pattern.compile("(?i).*(emb|wte|wpe|embd).*");

  private final Checkpoint checkpoint;
  private final TreeMap<String, Integer> widths = new TreeMap<>();

  public WeightTree(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  public LayerSnapshot snapshot() {
    ModelConfig config = checkpoint.config();
    WIDTHS.forEach(
        (axis, keys) ->
            keys.stream()
                .flatMapToInt(key -> integer(config, key).stream())
                .findFirst()
                .ifPresent(width -> widths.put(axis, width)));
    TreeMap<String, Integer> counts = new TreeMap<>();
    config.keys().stream()
        .filter(key -> COUNT.matcher(key).matches())
        .forEach(key -> integer(config, key).ifPresent(count -> counts.put(key, count)));
    Map<String, Layer> modules = new LinkedHashMap<>();
    weights()
        .forEach(
            (path, own) -> {
              parents(path, modules);
              modules.put(path, layer(path, own));
            });
    Map<String, Layer> folded =
        Repeats.folded(modules, (list, count) -> CountKeys.of(list, count, counts).isPresent());
    return new LayerSnapshot(config.modelType(), false, counts, widths, folded);
  }

  private static OptionalInt integer(ModelConfig config, String key) {
    // Some families nest or repurpose these keys; only a number is a hint.
    return config.json(key).filter(text -> text.matches("[1-9]\\d{0,8}")).stream()
        .mapToInt(Integer::parseInt)
        .findFirst();
  }

  private Map<String, SortedMap<String, List<Long>>> weights() {
    Map<String, SortedMap<String, List<Long>>> weights = new TreeMap<>();
    checkpoint
        .tensors()
        .forEach(
            (name, tensor) -> {
              checkName(tensor);
              int dot = name.lastIndexOf('.');
              weights
                  .computeIfAbsent(name.substring(0, Math.max(dot, 0)), path -> new TreeMap<>())
                  .put(name.substring(dot + 1), lengths(tensor.shape()));
            });
    return weights;
  }

  /** A snapshot has {@code *} in place of the number of a repeated module. */
  private static void checkName(TensorEntry tensor) {
    if (List.of(tensor.name().split("\\.", -1)).contains("*")) {
      throw new CheckpointException(
          "%s: expected names of modules without '*', found the tensor '%s'"
              .formatted(tensor.file(), Shown.line(tensor.name())));
    }
  }

  static List<Long> lengths(long[] shape) {
    return Arrays.stream(shape).boxed().toList();
  }

  private static void parents(String path, Map<String, Layer> modules) {
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      String parent = path.substring(0, dot);
      boolean isList = path.substring(dot + 1).matches("\\d+(\\..*)?");
      if (!isList) {
        modules.putIfAbsent(parent, new Layer(null, null, null, null, null, null, new TreeMap<>()));
      }
    }
  }

  private Layer layer(String path, SortedMap<String, List<Long>> own) {
    List<Long> weight = own.getOrDefault("weight", List.of());
    List<Long> bias = own.getOrDefault("bias", List.of());
    String input = null;
    String output = null;
    if (weight.size() == 1) {
      input = axis(weight.get(0));
      output = input;
    } else if (weight.size() == 2 && EMBEDDING.matcher(path).matches() && bias.isEmpty()) {
      output = axis(weight.get(1));
    } else if (weight.size() == 2) {
      // Linear is [out, in], GPT-2's Conv1D is [in, out]: only a bias can tell.
      boolean outLast =
          bias.size() == 1
              && bias.get(0).equals(weight.get(1))
              && !weight.get(0).equals(weight.get(1));
      output = axis(weight.get(outLast ? 1 : 0));
      input = axis(weight.get(outLast ? 0 : 1));
    }
    return new Layer(null, input, output, null, null, null, own);
  }

  private @Nullable String axis(long length) {
    for (Map.Entry<String, Integer> width : widths.entrySet()) {
      if (width.getValue() == length) {
        return width.getKey();
      }
    }
    if (length < 1 || length > Integer.MAX_VALUE) {
      return null;
    }
    String name = "width" + length;
    widths.put(name, (int) length);
    return name;
  }
}
