package org.nnsight4j.cli;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.engine.Conversions;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.LayerSnapshot.Layer;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.tensor.DType;

/** A checkpoint's modules as a table for the terminal. */
final class Description {
  private final LayerSnapshot snapshot;
  private final Checkpoint checkpoint;

  Description(LayerSnapshot snapshot, Checkpoint checkpoint) {
    this.snapshot = snapshot;
    this.checkpoint = checkpoint;
  }

  String text() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("module", "class", "takes", "gives", "weights", "parameters"));
    snapshot
        .modules()
        .forEach(
            (path, layer) ->
                rows.add(
                    List.of(
                        (path.isEmpty() ? "(whole model)" : path)
                            + (layer.count() == null ? "" : " x" + layer.count()),
                        layer.type() == null ? "" : layer.type(),
                        width(layer.input()),
                        gives(layer),
                        layer.weights().entrySet().stream()
                            .map(weight -> weight.getKey() + " " + weight.getValue())
                            .collect(Collectors.joining(", ")),
                        layer.weights().isEmpty() ? "" : grouped(parameters(path, layer)))));
    List<List<String>> shown =
        rows.stream().map(row -> row.stream().map(Shown::line).toList()).toList();
    return heading() + table(shown);
  }

  private String heading() {
    long parameters =
        snapshot.modules().entrySet().stream()
            .mapToLong(entry -> parameters(entry.getKey(), entry.getValue()))
            .sum();
    StringBuilder text = new StringBuilder();
    text.append(
        "%s: %s parameters, %s in memory as F32\n"
            .formatted(
                Shown.line(snapshot.architecture()), grouped(parameters), size(4 * parameters)));
    text.append(stored());
    text.append(
        "counts: %s; widths: %s\n"
            .formatted(
                Shown.line(snapshot.counts().toString()),
                Shown.line(snapshot.widths().toString())));
    if (!snapshot.complete()) {
      text.append(
          "No family of this architecture is on the class path: modules without weights, classes"
              + " and inner values are not shown.\n");
    }
    return text + "\n";
  }

  private String stored() {
    boolean hasWeights =
        Files.exists(checkpoint.directory().resolve("model.safetensors"))
            || Files.exists(checkpoint.directory().resolve("model.safetensors.index.json"));
    if (!hasWeights) {
      return "no weights in this directory: the shapes follow from config.json\n";
    }
    Map<String, Long> bytes = new TreeMap<>();
    for (TensorEntry tensor : checkpoint.tensors().values()) {
      bytes.merge(tensor.dtype(), tensor.byteLength(), Long::sum);
    }
    return "%s tensors in the files: %s%s\n"
        .formatted(
            checkpoint.tensors().size(),
            bytes.entrySet().stream()
                .map(entry -> size(entry.getValue()) + " of " + Shown.line(entry.getKey()))
                .collect(Collectors.joining(", ")),
            converted(bytes.keySet()));
  }

  /** What a run in FLOAT32 does with weights of another type. */
  private String converted(Set<String> types) {
    if (types.equals(Set.of(DType.FLOAT32.safetensorsName()))) {
      return "";
    }
    Conversions conversions =
        Conversions.of(
            checkpoint.tensors().values().stream().filter(Conversions::isWeight).toList(),
            LoadSettings.usual(false));
    return conversions.precision().atUse()
        ? "; a run in F32 leaves them there, and converts a part at a time when it is used"
        : "; a run in F32 converts them when they are loaded";
  }

  /** The parameters of all repeats of a module together. */
  private long parameters(String path, Layer layer) {
    long own =
        layer.weights().values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
            .sum();
    for (int star = path.indexOf(".*"); star >= 0; star = path.indexOf(".*", star + 2)) {
      Layer repeated = snapshot.modules().get(path.substring(0, star + 2));
      own *= repeated == null || repeated.count() == null ? 1 : repeated.count();
    }
    return own;
  }

  private String gives(Layer layer) {
    if (layer.tuple() != null) {
      return "(" + String.join(", ", layer.tuple()) + ")";
    }
    return layer.shape() == null ? width(layer.output()) : layer.shape();
  }

  private String width(@Nullable String axis) {
    if (axis == null) {
      return "";
    }
    Integer length = snapshot.widths().get(axis);
    return length == null ? axis : axis + " " + length;
  }

  private static String table(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String gap = " ".repeat(widths[i] - row.get(i).length());
        line.append(i == columns - 1 ? gap + row.get(i) : row.get(i) + gap + "  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String size(long bytes) {
    if (bytes < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }
    return bytes < 1_000_000_000L
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
