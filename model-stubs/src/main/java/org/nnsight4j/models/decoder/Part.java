package org.nnsight4j.models.decoder;

import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.Dims;

/** One module of a decoder: its path, Hugging Face's class, and what it does with its input. */
abstract sealed class Part {
  private final String path;
  private final String type;

  private Part(String path, String type) {
    this.path = path;
    this.type = type;
  }

  final String path() {
    return path;
  }

  final String type() {
    return type;
  }

  /** Whether the output is a tuple with this one tensor. */
  boolean isTuple() {
    return false;
  }

  /** Declares its own parameters. */
  void parameters(Blueprint.Builder tree) {}

  /** The path of a module inside. */
  final String below(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** A module that consists of others. */
  abstract static non-sealed class Composite extends Part {
    Composite(String path, String type) {
      super(path, type);
    }

    /** The computation, through its modules. */
    abstract <T> T forward(Flow<T> flow, T input);
  }

  /** A module with parameters or a function of its own. */
  abstract static non-sealed class Leaf extends Part {
    Leaf(String path, String type) {
      super(path, type);
    }

    /** Whether it takes token ids or positions. */
    boolean takesIds() {
      return false;
    }

    /** The shape of the output. */
    abstract Dims output(Dims input);

    /** The module with its parameters. */
    abstract Module module(Parts parts);
  }

  /** A module that is not a step of its own: the whole model, and its stack of blocks. */
  static final class Place extends Part {
    Place(String path, String type) {
      super(path, type);
    }
  }
}
