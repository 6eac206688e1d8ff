package org.nnsight4j.graph;

import java.util.List;
import org.nnsight4j.op.Arg;
import org.nnsight4j.op.Op;
import org.nnsight4j.tensor.Tensor;

/** One recorded step. Ids count up in the order of recording, so arguments have smaller ids. */
public sealed interface Node {
  int id();

  SourceLine line();

  /** The nodes whose values this one needs. */
  default List<Integer> needs() {
    return List.of();
  }

  /** A site's value for the rows of one invoker, at one step. */
  record Read(int id, int invoker, SiteKey site, int step, SourceLine line) implements Node {}

  /** Another value for a site, for the rows of one invoker, at one step. */
  record Write(int id, int invoker, SiteKey site, int step, int value, SourceLine line)
      implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }

  /** An operation of the closed list. */
  record Call(int id, String op, List<Arg> args, SourceLine line) implements Node {
    public Call {
      args = List.copyOf(args);
    }

    @Override
    public List<Integer> needs() {
      return Op.references(args);
    }
  }

  /** A module of the model, called on any value. */
  record Apply(int id, int invoker, String module, int argument, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(argument);
    }
  }

  /** Numbers from outside. */
  record Constant(int id, Tensor tensor, SourceLine line) implements Node {}

  /** The place of each row's own token in an invoker's padded rows, {@code [batch]}. */
  record Positions(int id, int invoker, int step, int position, SourceLine line) implements Node {}

  /** The gradient of a scalar with respect to a value. */
  record Gradient(int id, int scalar, int target, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(scalar, target);
    }
  }

  /** Another value for a gradient, from where it flows on towards the input. */
  record GradientWrite(int id, int scalar, int target, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(scalar, target, value);
    }
  }

  /** A value that is handed to the user after the run. */
  record Save(int id, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }
}
