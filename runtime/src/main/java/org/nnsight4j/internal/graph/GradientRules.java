package org.nnsight4j.internal.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Which gradients can be taken. */
final class GradientRules {
  private GradientRules() {}

  /**
   * The shape and type of the gradients of an output in many directions.
   *
   * @throws ShapeException if the directions are not gradients of the output
   */
  static Meta many(Meta output, Meta target, Meta directions) {
    List<Dim> axes = directions.dims().axes();
    if (axes.isEmpty()) {
      throw new ShapeException(
          "directions need an axis in front, with one gradient of the output for each; found one number");
    }
    Dims each = new Dims(axes.subList(1, axes.size()));
    if (!fits(output.dims(), each)) {
      throw new ShapeException(
          "directions of the shape %s are not gradients of an output of the shape %s; expected [directions] and the output's axes, or axes that broadcast to them"
              .formatted(directions.dims(), output.dims()));
    }
    if (directions.dtype() != output.dtype()) {
      throw new ShapeException(
          "directions of %s for an output of %s; cast with toType(DType.%s)"
              .formatted(directions.dtype(), output.dtype(), output.dtype()));
    }
    List<Dim> all = new ArrayList<>(List.of(axes.get(0)));
    all.addAll(target.dims().axes());
    return new Meta(new Dims(all), target.dtype());
  }

  private static boolean fits(Dims output, Dims each) {
    try {
      Dims together = Rules.broadcast(output, each);
      return together.rank() == output.rank() && !output.conflicts(together);
    } catch (ShapeException e) {
      return false;
    }
  }

  /**
   * Refuses a gradient that does not exist, on the user's line.
   *
   * @param ofOne whether it is that of one number
   */
  static void check(
      Recording recording,
      RecordedValue<?> scalar,
      RecordedValue<?> target,
      boolean ofOne,
      SourceLine line) {
    if (scalar.recording() != recording) {
      throw recording.fail(
          "the number recorded at %s is of an earlier run of the session, where %s did not exist; take the gradient of a number of this run"
              .formatted(scalar.line(), target.describe()),
          line);
    }
    if (ofOne && scalar.meta().dims().isKnown() && scalar.meta().dims().count() != 1) {
      throw recording.fail(
          "a gradient is taken of one number, this value has the shape %s; sum() it first"
              .formatted(scalar.shape()),
          line);
    }
    if (!scalar.meta().dtype().isFloating() || !target.meta().dtype().isFloating()) {
      throw recording.fail(
          "a gradient needs floating numbers, found %s with respect to %s"
              .formatted(scalar.meta().dtype(), target.meta().dtype()),
          line);
    }
    if (target.moment().compareTo(scalar.moment()) > 0) {
      throw recording.fail(
          "the value %s comes later than the number, so it has no part in it; record it before the number"
              .formatted(target.describe()),
          line);
    }
    Node.HostCall host = HostPath.find(recording, scalar, target);
    if (host != null) {
      throw recording.fail(
          "the number depends on the hostCall at %s, through whose Java no gradient can flow; write it with operations, or take the gradient with respect to its result"
              .formatted(host.line()),
          line);
    }
    if (!depends(recording, scalar)) {
      throw recording.fail(
          "the number has no gradient: all that it is computed from goes through integers or truth values, as of argMax or a comparison, or by detach(), or is random",
          line);
    }
  }

  /** Whether a gradient can flow from a value to anything; integers and random numbers stop it. */
  private static boolean depends(Recording recording, RecordedValue<?> scalar) {
    Deque<RecordedValue<?>> open = new ArrayDeque<>(List.of(scalar));
    Set<Integer> seen = new HashSet<>();
    while (!open.isEmpty()) {
      RecordedValue<?> value = open.pop();
      if (!value.dtype().isFloating() || !seen.add(value.id())) {
        continue;
      }
      Node node = recording.node(value.id());
      if (!(node instanceof Node.Call call)) {
        return true;
      } else if (!OpTable.get(call.op()).isDifferentiable()) {
        continue;
      }
      node.needs().forEach(need -> open.push(recording.value(need)));
    }
    return false;
  }
}
