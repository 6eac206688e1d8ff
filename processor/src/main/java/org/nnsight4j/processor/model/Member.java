package org.nnsight4j.processor.model;

import java.util.List;
import java.util.Optional;

/** A method of a generated class. */
public sealed interface Member {
  String method();

  /** Returns the proxy of a child; {@code known} is for its documentation. */
  record Child(String method, String path, Optional<Repeat> repeat, Target target, Known known)
      implements Member {}

  /**
   * What is known about a child, from a snapshot or from the descriptor alone.
   *
   * @param path the full path, if there is only one
   * @param type the Hugging Face class
   * @param isTuple whether the shapes are those of a tuple's elements
   * @param mayBeAbsent whether only some configurations have it, and no snapshot says that this one
   *     does
   */
  record Known(
      String path,
      Optional<String> type,
      boolean isTuple,
      List<String> shapes,
      boolean mayBeAbsent) {
    public Known {
      shapes = List.copyOf(shapes);
    }
  }

  /**
   * Throws, in place of a faulty method, so that the class compiles, and the fault remains the only
   * error. Types are erased, which Java allows of an implementation.
   */
  record Faulty(String method, TypeRef returned, List<Parameter> parameters, String reason)
      implements Member {
    public Faulty {
      parameters = List.copyOf(parameters);
    }
  }

  /** The index of a repeated child, the key of config.json that counts them, and their number. */
  record Repeat(String parameter, String key, Optional<Integer> count) {}

  record Parameter(String name, TypeRef type) {}

  /** What a child's method returns. */
  sealed interface Target {
    /** A layer without children of its own. */
    record Leaf(LayerType type) implements Target {}

    /** A layer interface of the descriptor, which a nested class implements. */
    record Nested(TypeRef.Named layer, String nodeName) implements Target {}
  }
}
