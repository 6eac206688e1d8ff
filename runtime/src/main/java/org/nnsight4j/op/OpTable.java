package org.nnsight4j.op;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nnsight4j.shape.ShapeException;

/** All operations by name. A new family of operations is one class and one entry here. */
public final class OpTable {
  private static final Map<String, Op> OPS =
      byName(
          Arithmetic.ALL,
          Functions.ALL,
          Activations.ALL,
          Comparisons.ALL,
          Reductions.ALL,
          Ordering.ALL,
          Indexing.ALL,
          Scattering.ALL,
          LinearAlgebra.ALL,
          Decompositions.ALL,
          Normalizations.ALL,
          Losses.ALL,
          Shapes.ALL,
          Repetition.ALL,
          Creations.ALL,
          Randoms.ALL);

  private OpTable() {}

  public static Collection<Op> all() {
    return OPS.values();
  }

  /**
   * The operation with a name.
   *
   * @throws ShapeException if this version has none
   */
  public static Op get(String name) {
    Op op = OPS.get(name);
    if (op == null) {
      throw new ShapeException(
          "this version of nnsight4j has no operation '%s'; it has %s"
              .formatted(name, OPS.keySet()));
    }
    return op;
  }

  @SafeVarargs
  private static Map<String, Op> byName(List<Op>... families) {
    Map<String, Op> ops = new LinkedHashMap<>();
    Stream.of(families)
        .flatMap(List::stream)
        .forEach(
            op -> {
              if (ops.put(op.name(), op) != null) {
                throw new IllegalStateException("two operations are called " + op.name());
              }
            });
    return Collections.unmodifiableMap(ops);
  }
}
