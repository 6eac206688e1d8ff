package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Views;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;

/** Reads and writes an invoker's rows of a site's value. */
final class Events {
  private final Plan plan;
  private final Values values;
  private final Guards guards;
  private final Gradients gradients;
  private final Evaluation evaluation;
  private final ReceiptBuilder receipt;
  private int step;
  private Node.@Nullable Write lastWrite;

  Events(
      Plan plan,
      Values values,
      Guards guards,
      Gradients gradients,
      Evaluation evaluation,
      ReceiptBuilder receipt) {
    this.plan = plan;
    this.values = values;
    this.guards = guards;
    this.gradients = gradients;
    this.evaluation = evaluation;
    this.receipt = receipt;
  }

  void begin(int newStep) {
    step = newStep;
    gradients.begin(newStep);
  }

  /** The write that happened last, or null. */
  Node.@Nullable Write lastWrite() {
    return lastWrite;
  }

  /**
   * Gives a part of a site's value to a read.
   *
   * @param window the rows and positions; null if there are none
   * @return what the pass continues with
   */
  NDArray read(Node.Read read, NDArray current, Frame.@Nullable Window window, Arena arena) {
    if (window == null || guards.closed(read) != null) {
      return current;
    }
    NDArray seen = values.window(current, window);
    boolean traced = plan.isDifferentiated(read.id()) || plan.isCut(read.id());
    if (plan.isCut(read.id())) {
      seen = gradients.cut(read.id(), seen);
    } else if (traced) {
      seen = values.traced(seen);
    }
    // A gradient exists only for what the rest of the pass really uses.
    NDArray flow = traced ? Values.put(arena, current, window, seen) : current;
    receipt.fired(read.id(), seen.getShape().getShape(), 0);
    evaluation.put(read, seen);
    return flow;
  }

  /** The site's value with a part replaced. */
  NDArray write(Node.Write write, NDArray current, Frame.@Nullable Window window, Arena arena) {
    if (guards.closed(write) != null) {
      values.release(write);
      return current;
    }
    if (window == null || !values.has(write.value())) {
      receipt.missed(write.id(), step);
      values.release(write);
      return current;
    }
    NDArray value = values.get(write.value(), write);
    if (window.isWhole()) {
      NDArray after = expanded(arena, write, value, current);
      fired(write, current, Views.change(arena, current, after));
      return after;
    }
    try (NDArray before = values.window(current, window)) {
      NDArray full = expanded(values.arena(), write, value, before);
      double change = Views.change(arena, before, full);
      NDArray after = Values.put(arena, current, window, full);
      full.close();
      fired(write, before, change);
      return after;
    }
  }

  private void fired(Node.Write write, NDArray before, double change) {
    receipt.fired(write.id(), before.getShape().getShape(), change);
    values.release(write);
    lastWrite = write;
  }

  /** The value in the shape of what it replaces, as a handle of its own. */
  private NDArray expanded(Arena arena, Node.Write write, NDArray value, NDArray before) {
    try {
      if (!plan.gradients() && value.getShape().equals(before.getShape())) {
        return Views.contiguous(arena, value);
      }
      return TorchOps.get().call(arena, "expand", value, before);
    } catch (EngineException e) {
      throw new RunException(
          write.location(),
          "a value of the shape %s cannot be written to %s, which has the shape %s in this run"
              .formatted(value.getShape(), write.site(), before.getShape()),
          e);
    }
  }

  /**
   * The value of a skip node as a handle of its own, or null if it does not happen.
   *
   * @param hasRows whether the invoker has rows in this pass
   */
  @Nullable NDArray skip(Node.Skip skip, boolean hasRows) {
    if (guards.closed(skip) != null) {
      values.release(skip);
      return null;
    }
    if (!hasRows || !values.has(skip.value())) {
      receipt.missed(skip.id(), step);
      values.release(skip);
      return null;
    }
    NDArray value = values.get(skip.value(), skip);
    receipt.fired(skip.id(), value.getShape().getShape(), 0);
    NDArray handle = values.again(value);
    values.release(skip);
    return handle;
  }
}
