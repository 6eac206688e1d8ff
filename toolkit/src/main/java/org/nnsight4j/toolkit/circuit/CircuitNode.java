package org.nnsight4j.toolkit.circuit;

import java.util.Comparator;
import org.nnsight4j.error.RunException;

/**
 * A part of a decoder that writes to its residual stream or reads it, at one position or at all.
 *
 * @param kind what it is
 * @param layer from 0; -1 for the embedding and for the logits
 * @param head from 0; -1 for what has no heads
 * @param position from 0, or {@link #EVERYWHERE}
 */
public record CircuitNode(Kind kind, int layer, int head, int position)
    implements Comparable<CircuitNode> {
  /** The position of a node that stands for all positions together. */
  public static final int EVERYWHERE = -1;

  private static final Comparator<CircuitNode> FORWARD =
      Comparator.comparingInt(CircuitNode::depth)
          .thenComparing(CircuitNode::kind)
          .thenComparingInt(CircuitNode::head)
          .thenComparingInt(CircuitNode::position);

  /** What a node is. */
  public enum Kind {
    /** What the first layer reads: tokens and, where they are added, positions. */
    EMBEDDING,
    /** A head of attention, which reads by its queries, keys and values. */
    HEAD,
    /**
     * A head of keys and values that several heads of queries share; it only reads, and its heads
     * of queries write. In models without grouped queries, keys and values belong to {@link #HEAD}.
     */
    KEY_VALUE_HEAD,
    /** An MLP, or the experts of a layer together. */
    MLP,
    /** The final normalisation and the unembedding; it only reads. */
    LOGITS
  }

  public CircuitNode {
    boolean layered = kind != Kind.EMBEDDING && kind != Kind.LOGITS;
    boolean headed = kind == Kind.HEAD || kind == Kind.KEY_VALUE_HEAD;
    if (layered != layer >= 0 || headed != head >= 0 || position < EVERYWHERE) {
      throw new RunException(
          "%s has no layer %s, head %s and position %s".formatted(kind, layer, head, position));
    }
  }

  public static CircuitNode embedding() {
    return new CircuitNode(Kind.EMBEDDING, -1, -1, EVERYWHERE);
  }

  public static CircuitNode head(int layer, int head) {
    return new CircuitNode(Kind.HEAD, layer, head, EVERYWHERE);
  }

  public static CircuitNode keyValueHead(int layer, int head) {
    return new CircuitNode(Kind.KEY_VALUE_HEAD, layer, head, EVERYWHERE);
  }

  public static CircuitNode mlp(int layer) {
    return new CircuitNode(Kind.MLP, layer, -1, EVERYWHERE);
  }

  public static CircuitNode logits() {
    return new CircuitNode(Kind.LOGITS, -1, -1, EVERYWHERE);
  }

  /** The same part at one position, or at {@link #EVERYWHERE}. */
  public CircuitNode at(int other) {
    return new CircuitNode(kind, layer, head, other);
  }

  /** MIB's name: {@code input}, {@code a0.h3}, {@code m2}, {@code logits}; with {@code @5} at 5. */
  public String name() {
    String part =
        switch (kind) {
          case EMBEDDING -> "input";
          case HEAD -> "a" + layer + ".h" + head;
          case KEY_VALUE_HEAD -> "a" + layer + ".kv" + head;
          case MLP -> "m" + layer;
          case LOGITS -> "logits";
        };
    return position == EVERYWHERE ? part : part + "@" + position;
  }

  private int depth() {
    return kind == Kind.LOGITS ? Integer.MAX_VALUE : layer;
  }

  /** In the order in which they are computed. */
  @Override
  public int compareTo(CircuitNode other) {
    return FORWARD.compare(this, other);
  }

  @Override
  public String toString() {
    return name();
  }
}
