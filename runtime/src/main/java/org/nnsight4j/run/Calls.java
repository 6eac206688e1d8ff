package org.nnsight4j.run;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.graph.Node;
import org.nnsight4j.op.Arg;
import org.nnsight4j.op.Op;
import org.nnsight4j.op.OpInputs;
import org.nnsight4j.op.OpTable;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.ShapeException;

/** Runs operations of the closed list, and modules on values of the user's. */
final class Calls {
  private final Values values;

  Calls(Values values) {
    this.values = values;
  }

  NDArray call(Node.Call call) {
    Op op = OpTable.get(call.op());
    try {
      // Lengths that recording could not know are checked here, by the same rule.
      op.infer(new OpInputs(call.args(), node -> meta(values.get(node, call))));
    } catch (ShapeException e) {
      throw new RunException("%s: %s (at %s)".formatted(call.op(), e.getMessage(), call.line()), e);
    }
    Object[] args = call.args().stream().map(arg -> argument(arg, call)).toArray();
    return values.call(TorchOps.scriptName(call.op()), args);
  }

  private Object argument(Arg arg, Node.Call call) {
    if (arg instanceof Arg.Ref ref) {
      return values.get(ref.node(), call);
    } else if (arg instanceof Arg.Refs refs) {
      return refs.nodes().stream().map(node -> values.get(node, call)).toList();
    } else if (arg instanceof Arg.Int whole) {
      return whole.value();
    } else if (arg instanceof Arg.Ints wholes) {
      return wholes.toArray();
    } else if (arg instanceof Arg.Real real) {
      return real.value();
    } else if (arg instanceof Arg.Flag flag) {
      return flag.value();
    }
    return ((Arg.Text) arg).value();
  }

  NDArray apply(
      Node.Apply apply, Network network, Frame frame, boolean attends, boolean gradients) {
    Module module = network.module(apply.module());
    if (module == null) {
      throw new RunException(
          "the network has no module '%s' (at %s)".formatted(apply.module(), apply.line()));
    }
    NDArray argument = values.get(apply.argument(), apply);
    NDArray mask = attends ? mask(apply, frame, argument) : null;
    NDArray result =
        module.call(new Pass(Taps.NONE, values.arena(), mask, null, false, gradients), argument);
    // Each node closes its own array.
    return result == argument ? values.call("alias", argument) : result;
  }

  /** Rows of unequal length must not attend to their padding, here neither. */
  private @Nullable NDArray mask(Node.Apply apply, Frame frame, NDArray argument) {
    if (frame.positions() != frame.keys()) {
      throw new RunException(
          "%s attends to earlier positions, which a value of a later step does not have; generate with useCache(false) (at %s)"
              .formatted(apply.module(), apply.line()));
    }
    long[] lengths = frame.unequalLengths(apply.invoker());
    if (lengths.length == 0) {
      return null;
    }
    long[] shape = argument.getShape().getShape();
    if (shape[0] != lengths.length || shape[1] != frame.positions(apply.invoker())) {
      throw new RunException(
          "%s is applied to the shape %s, but the rows of this invoker differ in length, so attention needs all of them, [%d, %d, ...]; give them to an invoker each (at %s)"
              .formatted(
                  apply.module(),
                  argument.getShape(),
                  lengths.length,
                  frame.positions(apply.invoker()),
                  apply.line()));
    }
    try (NDArray rows = values.longs(lengths)) {
      return values.call("padding_mask", rows, shape[1], shape[1]);
    }
  }

  private static Meta meta(NDArray array) {
    return new Meta(Dims.of(array.getShape().getShape()), Transfer.dtype(array));
  }
}
