package org.nnsight4j;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.wire.GraphFile;

/**
 * Interventions that apply to every later run of a model (nnsight's {@code model.edit()}), at each
 * step of generation and for all rows; {@link LanguageModel#edit} records them. Immutable data,
 * which can be written to a file and read again.
 */
public final class Edit {
  private final List<Graph> graphs;

  Edit(List<Graph> graphs) {
    this.graphs = List.copyOf(graphs);
  }

  /** An edit from a finished recording. */
  static Edit of(Graph graph) {
    for (Prompt prompt : graph.prompts()) {
      if (!(prompt instanceof Prompt.Whole)) {
        throw new RecordingException(
            "an edit sees the rows of each run and has none of its own; this graph of '%s' has prompts, so it is that of a run"
                .formatted(graph.architecture()));
      }
    }
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Save || node instanceof Node.Bridge || node instanceof Node.Stop) {
        throw new RecordingException(
            node.location(),
            "an edit changes the model and keeps nothing: save() and stop() belong into a run");
      }
    }
    return new Edit(List.of(graph));
  }

  /** This edit followed by another. */
  public Edit then(Edit other) {
    Objects.requireNonNull(other, "the other edit is null");
    return new Edit(Stream.concat(graphs.stream(), other.graphs.stream()).toList());
  }

  /** The {@code model_type} of the models that it fits. */
  public String architecture() {
    return graphs.get(0).architecture();
  }

  List<Graph> graphs() {
    return graphs;
  }

  /**
   * Writes the edit to one safetensors file: its numbers, and the graph as JSON in the metadata.
   *
   * @throws org.nnsight4j.error.SerializationException if it contains a host call
   */
  public void export(Path file) {
    Objects.requireNonNull(file, "the file is null");
    GraphFile.write(file, graphs);
  }

  /**
   * Reads a file that {@link #export} wrote.
   *
   * @throws org.nnsight4j.error.SerializationException if the file contains no edit, or one of an
   *     unknown version; the message names what is unknown
   */
  public static Edit load(Path file) {
    Objects.requireNonNull(file, "the file is null");
    List<Graph> graphs = GraphFile.read(file);
    graphs.forEach(Edit::of);
    return new Edit(graphs);
  }
}
