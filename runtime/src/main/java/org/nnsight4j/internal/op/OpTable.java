package org.nnsight4j.internal.op;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.ShapeException;

/** All operations by name. A new family of operations is one class and one entry here. */
public final class OpTable {
  private static final Map<String, List<Op>> FAMILIES = families();
  private static final Map<String, Op> OPS = byName(FAMILIES.values());

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

  /** An operation as the user wrote it, for messages: the name of the method that records it. */
  public static String written(String name) {
    Op op = OPS.get(name);
    if (op == null || op.method().isEmpty()) {
      return name;
    }
    List<String> methods =
        Arrays.stream(op.method().split("\\), "))
            .map(method -> method.substring(0, method.indexOf('(')))
            .toList();
    return methods.contains(name) ? name : methods.get(0);
  }

  /** Whether an operation makes one number of all those along an axis. */
  public static boolean isReduction(String name) {
    Op op = OPS.get(name);
    return op != null && Reductions.ALL.contains(op);
  }

  /** The operations of each family, by the family's title. */
  public static Map<String, List<Op>> byFamily() {
    return FAMILIES;
  }

  private static Map<String, List<Op>> families() {
    Map<String, List<Op>> families = new LinkedHashMap<>();
    families.put("Arithmetic", List.copyOf(Arithmetic.ALL));
    families.put("Functions", List.copyOf(Functions.ALL));
    families.put("Activation functions", List.copyOf(Activations.ALL));
    families.put("Comparison, logic, bits", List.copyOf(Comparisons.ALL));
    families.put("Reductions", List.copyOf(Reductions.ALL));
    families.put("Tokens without padding", List.copyOf(Tokens.ALL));
    families.put("Order and running sums", List.copyOf(Ordering.ALL));
    families.put("Parts", List.copyOf(Indexing.ALL));
    families.put("By index and mask", List.copyOf(Scattering.ALL));
    families.put("Products", List.copyOf(LinearAlgebra.ALL));
    families.put("Matrices", List.copyOf(Decompositions.ALL));
    families.put("Normalization", List.copyOf(Normalizations.ALL));
    families.put("Losses", List.copyOf(Losses.ALL));
    families.put("Arrangement", List.copyOf(OpShapes.ALL));
    families.put("Repetition, cutting, padding", List.copyOf(Repetition.ALL));
    families.put("Numbers from nothing", List.copyOf(Creations.ALL));
    families.put("Random numbers", List.copyOf(Randoms.ALL));
    return Collections.unmodifiableMap(families);
  }

  private static Map<String, Op> byName(Collection<List<Op>> families) {
    Map<String, Op> ops = new LinkedHashMap<>();
    families.stream()
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
