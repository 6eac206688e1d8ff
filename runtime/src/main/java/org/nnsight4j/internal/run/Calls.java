package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.graph.LastLogits;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Runs operations of the closed list. */
final class Calls {
  /** The index {@code [:, -1]}. */
  private static final long[] LAST = {
    SliceCodes.RANGE, 0, SliceCodes.END, 1, SliceCodes.AT, -1, 0, 1
  };

  private final Values values;

  Calls(Values values) {
    this.values = values;
  }

  NDArray call(Node.Call call) {
    Op op = OpTable.get(call.op());
    OpInputs inputs = new OpInputs(call.args(), node -> meta(values.get(node, call)));
    try {
      // Lengths that recording could not know are checked here, by the same rule.
      Meta result = op.infer(inputs);
      if (values.metered()) {
        values.room(result, op.scratch(inputs, result, Dim::size), call);
      }
    } catch (ShapeException e) {
      throw new RunException(call.location(), "%s: %s".formatted(what(call), e.getMessage()), e);
    }
    if (isOfLastLogits(call)) {
      NDArray logits = values.get(call.needs().get(0), call);
      return values.call(TorchOps.scriptName("get"), logits, LAST);
    }
    Object[] args =
        call.args().stream().map(arg -> arg.resolved(node -> values.get(node, call))).toArray();
    return values.call(TorchOps.scriptName(call.op()), args);
  }

  /** Whether it takes each row's own last token of logits that have no other position. */
  private boolean isOfLastLogits(Node.Call call) {
    return call.op().equals("at")
        && values.isLastLogits(call.needs().get(0))
        && values.get(call.needs().get(0), call).getShape().get(LastLogits.AXIS) == 1;
  }

  /** The name that recording uses. */
  private String what(Node.Call call) {
    String written = OpTable.written(call.op());
    return call.needs().isEmpty()
        ? written
        : written + " of " + values.node(call.needs().get(0)).describe();
  }

  private static Meta meta(NDArray array) {
    return new Meta(Dims.of(array.getShape().getShape()), Transfer.dtype(array));
  }
}
