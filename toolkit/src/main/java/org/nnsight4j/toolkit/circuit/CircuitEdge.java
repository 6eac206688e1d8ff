package org.nnsight4j.toolkit.circuit;

import org.nnsight4j.error.RunException;

/**
 * What one node of a model reads of what another one wrote.
 *
 * @param source the one that writes
 * @param target the one that reads, at the same position
 * @param input by what it reads
 * @param score how much the answer depends on this edge; what exactly, the analysis says that found
 *     it. Not a number if nobody has scored it
 * @param included whether it belongs to the circuit
 */
public record CircuitEdge(
    CircuitNode source, CircuitNode target, Input input, double score, boolean included) {
  /** By what a node reads the residual stream. */
  public enum Input {
    /** The queries of a head. */
    Q,
    /** The keys of a head. */
    K,
    /** The values of a head. */
    V,
    /** An MLP and the logits read in one way only. */
    WHOLE
  }

  public CircuitEdge {
    boolean attention =
        target.kind() == CircuitNode.Kind.HEAD || target.kind() == CircuitNode.Kind.KEY_VALUE_HEAD;
    if (attention == (input == Input.WHOLE)
        || source.kind() == CircuitNode.Kind.KEY_VALUE_HEAD
        || source.kind() == CircuitNode.Kind.LOGITS
        || target.kind() == CircuitNode.Kind.EMBEDDING
        || (target.kind() == CircuitNode.Kind.KEY_VALUE_HEAD && input == Input.Q)
        || source.position() != target.position()
        || source.compareTo(target) >= 0) {
      throw new RunException(
          "%s does not read what %s wrote by %s".formatted(target, source, input));
    }
  }

  /** MIB's name: {@code a0.h1->a3.h2<q>}, {@code input->m0}. */
  public String name() {
    String arrow = source.name() + "->" + target.name();
    return switch (input) {
      case Q -> arrow + "<q>";
      case K -> arrow + "<k>";
      case V -> arrow + "<v>";
      case WHOLE -> arrow;
    };
  }

  CircuitEdge with(boolean include) {
    return new CircuitEdge(source, target, input, score, include);
  }

  CircuitEdge with(double other) {
    return new CircuitEdge(source, target, input, other, included);
  }

  @Override
  public String toString() {
    return name();
  }
}
