package org.nnsight4j.toolkit.circuit;

import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;

/**
 * A way in which a node reads the residual stream.
 *
 * @param node the head, MLP or logits
 * @param input by what it reads
 */
public record Receiver(CircuitNode node, Input input) {
  public Receiver {
    boolean fits =
        switch (node.kind()) {
          case HEAD -> input != Input.WHOLE;
          case KEY_VALUE_HEAD -> input == Input.K || input == Input.V;
          case MLP, LOGITS -> input == Input.WHOLE;
          case EMBEDDING -> false;
        };
    if (!fits) {
      throw new RunException("%s does not read by %s".formatted(node, input));
    }
  }

  /** The queries of a head. */
  public static Receiver queries(int layer, int head) {
    return new Receiver(CircuitNode.head(layer, head), Input.Q);
  }

  /** The keys of a head; with grouped queries, of a head of keys and values. */
  public static Receiver keys(int layer, int head) {
    return new Receiver(CircuitNode.head(layer, head), Input.K);
  }

  /** The values of a head, like {@link #keys}. */
  public static Receiver values(int layer, int head) {
    return new Receiver(CircuitNode.head(layer, head), Input.V);
  }

  public static Receiver mlp(int layer) {
    return new Receiver(CircuitNode.mlp(layer), Input.WHOLE);
  }

  public static Receiver logits() {
    return new Receiver(CircuitNode.logits(), Input.WHOLE);
  }

  /** MIB's name of what reads: {@code a3.h2<q>}, {@code m1}, {@code logits}. */
  @Override
  public String toString() {
    return switch (input) {
      case Q -> node + "<q>";
      case K -> node + "<k>";
      case V -> node + "<v>";
      case WHOLE -> node.name();
    };
  }
}
