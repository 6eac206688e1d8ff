package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Block;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.tensor.Tensor;

/**
 * The values of a run by node, each freed after its last reader. Those of a loop over steps are new
 * in each iteration; what a loop reads from outside of it stays until its last iteration.
 */
final class Values {
  private final Plan plan;
  private final Arena arena;
  private final @Nullable NDArray[] arrays;
  private final int[] readers;
  private final Map<Integer, NDArray> carried = new HashMap<>();
  private final Arrangement rows = new Arrangement();
  private final int[] arrangements;
  private final Map<Integer, Integer> carriedAt = new HashMap<>();
  private int step;

  Values(Plan plan, Arena arena) {
    this.plan = plan;
    this.arena = arena;
    int size = plan.graph().nodes().size();
    this.arrays = new NDArray[size];
    this.readers = new int[size];
    this.arrangements = new int[size];
    for (int node = 0; node < size; node++) {
      readers[node] = plan.uses(node);
    }
  }

  /**
   * A step begins: its loops begin their next iteration.
   *
   * @param moved whether the rows are others than at the step before, or in other places
   */
  void begin(int newStep, Frame frame, boolean moved) {
    step = newStep;
    rows.begin(frame, moved);
    for (Block.Steps loop : plan.loops()) {
      for (int node = loop.begin(); node < loop.end(); node++) {
        if (isPerStep(node)) {
          NDArray old = arrays[node];
          if (old != null && !plan.gradients()) {
            old.close();
          }
          arrays[node] = null;
          readers[node] = plan.uses(node);
        }
      }
    }
  }

  private boolean isPerStep(int node) {
    return plan.loop(node) != null && !plan.moment(node).equals(Moment.START);
  }

  void put(int node, NDArray value) {
    if (readers[node] <= 0) {
      value.close();
    } else {
      arrays[node] = value;
      arrangements[node] = rows.now();
    }
  }

  boolean has(int node) {
    return arrays[node] != null;
  }

  NDArray get(int node, Node reader) {
    NDArray array = arrays[node];
    if (array == null) {
      throw new RunException(
          "the value recorded at %s does not exist when it is needed (at %s)"
              .formatted(plan.graph().node(node).line(), reader.line()));
    }
    boolean keepsItsRows =
        reader instanceof Node.Save
            || reader instanceof Node.Gradient
            || reader instanceof Node.LoopResult
            || plan.moment(node).equals(Moment.START);
    if (!keepsItsRows) {
      checkRows(array, arrangements[node], node, reader);
    }
    return array;
  }

  private void checkRows(NDArray array, int then, int node, Node reader) {
    if (rows.isStale(then, array.getShape().getShape())) {
      throw new RunException(
          "the value recorded at %s has the rows of an earlier step, and rows have ended or changed places since; at step %s it would meet other rows (at %s). Give each row an invoker of its own, or use neither beams nor end tokens"
              .formatted(plan.graph().node(node).line(), step, reader.line()));
    }
  }

  /** A node has run, or never will in this step: its arguments have one reader less. */
  void release(Node node) {
    Block.Steps loop = isPerStep(node.id()) ? plan.loop(node.id()) : null;
    for (int need : node.needs()) {
      boolean comesAgain = loop != null && !isPerStep(need) && step < loop.to() - 1;
      if (comesAgain) {
        continue;
      }
      NDArray array = arrays[need];
      if (--readers[need] == 0 && array != null && !plan.gradients()) {
        array.close();
        arrays[need] = null;
      }
    }
  }

  /** What the iteration before handed on, or null in the first. */
  @Nullable NDArray carried(int carry) {
    return carried.get(carry);
  }

  /** What the iteration before handed on, for the rows of this one. */
  @Nullable NDArray carriedOn(Node.Carry carry) {
    NDArray array = carried.get(carry.id());
    if (array != null) {
      checkRows(array, carriedAt.getOrDefault(carry.id(), rows.now()), carry.id(), carry);
    }
    return array;
  }

  /** Hands a value on to the next iteration. */
  void carry(int carry, NDArray value) {
    carriedAt.put(carry, rows.now());
    NDArray before = carried.put(carry, call("alias", value));
    if (before != null && !plan.gradients()) {
      before.close();
    }
  }

  NDArray call(String kernel, Object... args) {
    return TorchOps.get().call(arena, kernel, args);
  }

  Arena arena() {
    return arena;
  }

  NDArray upload(Tensor tensor) {
    return Transfer.toEngine(arena, tensor);
  }

  NDArray longs(long[] numbers) {
    return arena.longs(numbers, numbers.length);
  }

  Tensor download(int node, Node reader) {
    return toHost(get(node, reader));
  }

  Tensor toHost(NDArray array) {
    if (!plan.gradients()) {
      return Transfer.toHost(arena, array);
    }
    try (NDArray detached = call("detach", array)) {
      return Transfer.toHost(arena, detached);
    }
  }

  /** A handle of its own for an invoker's part of an array. */
  NDArray window(NDArray array, Frame.Window window) {
    return window.isWhole()
        ? call("alias", array)
        : call("window", array, window.axes(), window.begins(), window.lengths());
  }

  /** The array with an invoker's part replaced. */
  static NDArray put(Arena arena, NDArray array, Frame.Window window, NDArray part) {
    TorchOps ops = TorchOps.get();
    return window.isWhole()
        ? ops.call(arena, "alias", part)
        : ops.call(
            arena, "window_put", array, window.axes(), window.begins(), window.lengths(), part);
  }
}
