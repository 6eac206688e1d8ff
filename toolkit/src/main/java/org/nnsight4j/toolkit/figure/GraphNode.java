package org.nnsight4j.toolkit.figure;

import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.nnsight4j.error.RunException;

/**
 * A node of an {@link AttributionGraph}. Immutable: each method returns a changed copy.
 *
 * @param id its name in edges; each node has another
 * @param label what the figure shows
 * @param layer the row in which it stands, from below; the embeddings have -1
 * @param position the token to which it belongs, from 0, or {@link #EVERYWHERE}
 * @param kind what it is
 * @param feature the index of a feature, a neuron or a token, if it has one
 * @param activation how active it is, if that is known
 * @param influence the share of all influence down to this node, as circuit-tracer computes it, if
 *     that is known; Neuronpedia prunes by it
 */
public record GraphNode(
    String id,
    String label,
    int layer,
    int position,
    Kind kind,
    OptionalInt feature,
    OptionalDouble activation,
    OptionalDouble influence) {
  /** The position of a node that stands for all positions together. */
  public static final int EVERYWHERE = -1;

  /** What a node is. */
  public enum Kind {
    EMBEDDING("embedding"),
    FEATURE("cross layer transcoder"),
    ERROR("mlp reconstruction error"),
    HEAD("attention head"),
    MLP("mlp"),
    LOGIT("logit");

    private final String neuronpedia;

    Kind(String neuronpedia) {
      this.neuronpedia = neuronpedia;
    }

    /** Its {@code feature_type} in Neuronpedia's schema. */
    String neuronpedia() {
      return neuronpedia;
    }
  }

  public GraphNode {
    Objects.requireNonNull(id, "the id is null");
    Objects.requireNonNull(label, "the label is null");
    if (layer < -1 || position < EVERYWHERE) {
      throw new RunException(
          "node '%s' has no layer %s and position %s; expected numbers from -1 on"
              .formatted(id, layer, position));
    }
  }

  /** A node of no position. */
  public static GraphNode of(Kind kind, String id, String label, int layer) {
    return new GraphNode(
        id,
        label,
        layer,
        EVERYWHERE,
        kind,
        OptionalInt.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  /** The same node at a token. */
  public GraphNode at(int token) {
    return new GraphNode(id, label, layer, token, kind, feature, activation, influence);
  }

  /** The same node with the index of its feature. */
  public GraphNode feature(int index) {
    return new GraphNode(
        id, label, layer, position, kind, OptionalInt.of(index), activation, influence);
  }

  /** The same node with its activation. */
  public GraphNode activation(double value) {
    return new GraphNode(
        id, label, layer, position, kind, feature, OptionalDouble.of(value), influence);
  }

  /** The same node with its influence. */
  public GraphNode influence(double share) {
    return new GraphNode(
        id, label, layer, position, kind, feature, activation, OptionalDouble.of(share));
  }
}
