package org.nnsight4j.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.RunException;
import org.nnsight4j.graph.Node;
import org.nnsight4j.plan.Plan;

/**
 * Gradients within a run, without any state outside of it.
 *
 * <p>Where a gradient is replaced, the forward pass is cut: it goes on with a leaf. The gradient of
 * an earlier value is then the sum over the scalar and all cuts behind that value, each cut with
 * its replaced (or else true) gradient as cotangent.
 */
final class Gradients {
  private final Plan plan;
  private final Values values;

  /** For a read that is cut, what came in. */
  private final Map<Integer, NDArray> cuts = new HashMap<>();

  private final List<Integer> order = new ArrayList<>();
  private final Map<Long, Integer> replacements = new HashMap<>();

  Gradients(Plan plan, Values values) {
    this.plan = plan;
    this.values = values;
  }

  /** Cuts the forward pass at a read; gives the leaf that it goes on with. */
  NDArray cut(int read, NDArray seen) {
    cuts.put(read, seen);
    order.add(read);
    return values.call("leaf", seen);
  }

  void replaced(Node.GradientWrite write) {
    replacements.put(key(write.scalar(), write.target()), write.value());
  }

  /** The gradient of a scalar with respect to a value. */
  NDArray of(Node.Gradient gradient) {
    Integer replacement = replacements.get(key(gradient.scalar(), gradient.target()));
    if (replacement != null) {
      return values.call(
          "expand", values.get(replacement, gradient), values.get(gradient.target(), gradient));
    }
    return of(gradient, gradient.target());
  }

  private NDArray of(Node.Gradient gradient, int target) {
    NDArray scalar = values.get(gradient.scalar(), gradient);
    if (scalar.size() != 1) {
      throw new RunException(
          "a gradient is taken of one number, this value has the shape %s; sum() it first (at %s)"
              .formatted(scalar.getShape(), gradient.line()));
    }
    String kernel = plan.secondDerivatives() ? "gradients_to_differentiate" : "gradients";
    List<NDArray> outputs = new ArrayList<>(List.of(scalar));
    List<NDArray> cotangents = new ArrayList<>(List.of(values.call("ones_like", scalar)));
    for (int cut : laterCuts(target)) {
      Integer replacement = replacements.get(key(gradient.scalar(), cut));
      NDArray cotangent =
          replacement != null
              ? values.call("expand", values.get(replacement, gradient), values.get(cut, gradient))
              : values.call(kernel, outputs, cotangents, values.get(cut, gradient));
      NDArray incoming = cuts.get(cut);
      if (incoming != null) {
        outputs.add(incoming);
        cotangents.add(cotangent);
      }
    }
    return values.call(kernel, outputs, cotangents, values.get(target, gradient));
  }

  /** The cuts behind a value, the last first. */
  private List<Integer> laterCuts(int target) {
    int place = order.indexOf(target);
    List<Integer> later = new ArrayList<>();
    for (int i = order.size() - 1; i > place; i--) {
      if (place >= 0 || isBehind(order.get(i), target)) {
        later.add(order.get(i));
      }
    }
    return later;
  }

  private boolean isBehind(int cut, int target) {
    return plan.moment(cut).compareTo(plan.moment(target)) > 0
        || (plan.moment(cut).equals(plan.moment(target)) && cut > target);
  }

  private static long key(int scalar, int target) {
    return ((long) scalar << 32) | target;
  }
}
