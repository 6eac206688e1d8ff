package org.nnsight4j.internal.wire;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.tensor.Tensor;

/** Graphs in one safetensors file: the constants, and the JSON in the header's metadata. */
public final class GraphFile {
  private static final String KEY = "nnsight4j.graph";

  private GraphFile() {}

  /**
   * Writes graphs.
   *
   * @throws SerializationException naming the line of a host call, which cannot be written
   */
  public static void write(Path file, List<Graph> graphs) {
    GraphJson.Document document = GraphJson.write(graphs);
    Safetensors.write(file, document.tensors(), Map.of(KEY, document.json()));
  }

  /** The bytes that {@link #write} writes. */
  public static byte[] toBytes(List<Graph> graphs) {
    GraphJson.Document document = GraphJson.write(graphs);
    return Safetensors.toBytes(document.tensors(), Map.of(KEY, document.json()));
  }

  /**
   * Reads a file of graphs.
   *
   * @throws SerializationException if it contains no graphs, or graphs of another version
   */
  public static List<Graph> read(Path file) {
    String json = SafetensorsHeader.read(file).metadata().get(KEY);
    return read(file.toString(), json, Safetensors.read(file));
  }

  /** Reads the bytes of a file of graphs. */
  public static List<Graph> read(byte[] file) {
    String json = SafetensorsHeader.parse(Path.of("(graph in memory)"), file).metadata().get(KEY);
    return read("the graph", json, Safetensors.read(file));
  }

  private static List<Graph> read(
      String where, @Nullable String json, Map<String, Tensor> tensors) {
    if (json == null) {
      throw new SerializationException(
          "%s holds no graph: its metadata has no '%s'".formatted(where, KEY));
    }
    return GraphJson.read(new GraphJson.Document(json, tensors));
  }
}
