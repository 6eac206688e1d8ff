package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;
import org.nnsight4j.toolkit.internal.Passes;

/**
 * What decides which edges a model has.
 *
 * @param layers how many layers
 * @param heads how many heads of queries each layer has
 * @param keyValueHeads how many heads of keys and values each layer has
 * @param parallel whether the MLP reads what attention of its own layer reads (Pythia), and not
 *     what it wrote
 * @param width the width of the residual stream
 */
public record CircuitSizes(int layers, int heads, int keyValueHeads, boolean parallel, int width) {
  public CircuitSizes {
    if (layers < 1 || heads < 1 || keyValueHeads < 1 || width < 1 || heads % keyValueHeads != 0) {
      throw new RunException(
          "expected layers, heads of which each key-value head serves as many, and a width, found %s layers, %s heads, %s key-value heads, width %s"
              .formatted(layers, heads, keyValueHeads, width));
    }
  }

  /**
   * Those of a model.
   *
   * @throws RunException if its layers differ in them, or if a layer normalises the stream itself
   */
  public static CircuitSizes of(LanguageModel<?> model) {
    DecoderPlaces places = Passes.places(model);
    CircuitSizes sizes = null;
    for (DecoderPlaces.Layer layer : places.layers()) {
      if (layer.sums() == DecoderPlaces.Sums.NORMED) {
        throw new RunException(
            "%s normalises the residual stream itself, so its parts do not add up to what is read"
                .formatted(layer.module()));
      }
      CircuitSizes own =
          new CircuitSizes(
              places.layers().size(),
              layer.attention().heads(),
              layer.attention().kvHeads(),
              layer.sums() == DecoderPlaces.Sums.AT_ONCE,
              Passes.width(model));
      if (sizes != null && !sizes.equals(own)) {
        throw new RunException(
            "expected layers of one shape, found %s in %s and %s before"
                .formatted(own, layer.module(), sizes));
      }
      sizes = own;
    }
    return java.util.Objects.requireNonNull(sizes);
  }

  /** The sizes in words, for messages. */
  String words() {
    return "%s layers, each with %s heads%s"
        .formatted(
            layers,
            heads,
            grouped() ? " of queries and %s of keys and values".formatted(keyValueHeads) : "");
  }

  /** Whether several heads of queries share one of keys and values. */
  public boolean grouped() {
    return keyValueHeads < heads;
  }

  /** How many heads of queries share one of keys and values. */
  public int group() {
    return heads / keyValueHeads;
  }

  /** All that writes: the embedding, and of each layer its heads and its MLP. */
  public List<CircuitNode> writers() {
    List<CircuitNode> writers = new ArrayList<>(List.of(CircuitNode.embedding()));
    for (int layer = 0; layer < layers; layer++) {
      for (int head = 0; head < heads; head++) {
        writers.add(CircuitNode.head(layer, head));
      }
      writers.add(CircuitNode.mlp(layer));
    }
    return writers;
  }

  /** How many of the {@link #writers()} a layer's attention reads. */
  int beforeAttention(int layer) {
    return 1 + layer * (heads + 1);
  }

  /** How many of the {@link #writers()} a layer's MLP reads. */
  int beforeMlp(int layer) {
    return beforeAttention(layer) + (parallel ? 0 : heads);
  }

  /** The place among the {@link #writers()}. */
  int index(CircuitNode writer) {
    return switch (writer.kind()) {
      case EMBEDDING -> 0;
      case HEAD -> beforeAttention(writer.layer()) + writer.head();
      case MLP -> beforeAttention(writer.layer()) + heads;
      default -> throw new RunException(writer + " does not write");
    };
  }

  /**
   * One way in which a node reads.
   *
   * @param sources how many of the {@link #writers()} it reads
   */
  record Reader(CircuitNode node, Input input, int sources) {}

  /** All ways in which all nodes read, in the order in which they are computed. */
  List<Reader> readers() {
    List<Reader> readers = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      readers.addAll(attention(layer));
      readers.add(new Reader(CircuitNode.mlp(layer), Input.WHOLE, beforeMlp(layer)));
    }
    readers.add(new Reader(CircuitNode.logits(), Input.WHOLE, beforeAttention(layers)));
    return readers;
  }

  /** Those of one layer's attention: all queries, then all keys, then all values. */
  List<Reader> attention(int layer) {
    List<Reader> readers = new ArrayList<>();
    for (int head = 0; head < heads; head++) {
      readers.add(new Reader(CircuitNode.head(layer, head), Input.Q, beforeAttention(layer)));
    }
    for (Input input : List.of(Input.K, Input.V)) {
      for (int head = 0; head < keyValueHeads; head++) {
        CircuitNode node =
            grouped() ? CircuitNode.keyValueHead(layer, head) : CircuitNode.head(layer, head);
        readers.add(new Reader(node, input, beforeAttention(layer)));
      }
    }
    return readers;
  }

  /** The number of edges, of all positions together: 32,491 for GPT-2 small. */
  public int edgeCount() {
    return readers().stream().mapToInt(Reader::sources).sum();
  }
}
