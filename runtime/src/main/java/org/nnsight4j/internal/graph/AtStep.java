package org.nnsight4j.internal.graph;

/** The step of generation that a node belongs to. */
public sealed interface AtStep {
  /** Each step of the loop around the node. */
  AtStep EACH = new Each();

  /** The pass over the prompts. */
  AtStep FIRST = of(0);

  /** One step, from 0. */
  record One(int number) implements AtStep {
    @Override
    public int in(int loopStep) {
      return number;
    }

    @Override
    public String toString() {
      return "step " + number;
    }
  }

  /** Each step of the loop around the node. */
  record Each() implements AtStep {
    @Override
    public int in(int loopStep) {
      return loopStep;
    }

    @Override
    public String toString() {
      return "each step of the loop";
    }
  }

  static AtStep of(int number) {
    return new One(number);
  }

  /** Its number when the loop around it, if there is one, is at the given step. */
  int in(int loopStep);

  /** The step itself, or {@code loopStep} if it is each step of a loop. */
  default AtStep within(AtStep loopStep) {
    return isEach() ? loopStep : this;
  }

  default boolean isEach() {
    return equals(EACH);
  }
}
