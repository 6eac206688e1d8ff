package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.engine.Views;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;

/**
 * The values of a run by node, each freed after its last reader. Values in a loop over steps are
 * new in each iteration; values that a loop reads from outside are kept until its last iteration.
 */
final class Values {
  /** As many as one Java buffer can hold. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - 8;

  private final Plan plan;
  private final Arena arena;
  private final Meter meter;
  private final Shelf shelf;
  private final @Nullable NDArray[] arrays;
  private final int[] readers;
  private final Map<Integer, NDArray> carried = new HashMap<>();
  private final RowLayout rows = new RowLayout();
  private final int[] arrangements;
  private final boolean frees;
  private final Map<Integer, Integer> carriedAt = new HashMap<>();
  private int step;

  Values(Plan plan, Arena arena, Meter meter, Shelf shelf) {
    this.plan = plan;
    this.arena = arena;
    this.meter = meter;
    this.shelf = shelf;
    this.frees = plan.freesValues();
    int size = plan.graph().nodes().size();
    this.arrays = new NDArray[size];
    this.readers = new int[size];
    this.arrangements = new int[size];
    for (int node = 0; node < size; node++) {
      readers[node] = plan.uses(node);
    }
  }

  /**
   * Starts a step: loops begin their next iteration.
   *
   * @param moved whether the rows differ from those of the step before, or have moved
   */
  void begin(int newStep, Frame frame, boolean moved) {
    step = newStep;
    rows.begin(frame, moved);
    for (ControlBlock.Steps loop : plan.loops()) {
      for (int node = loop.begin(); node < loop.end(); node++) {
        if (isPerStep(node)) {
          NDArray old = arrays[node];
          if (old != null && frees) {
            free(old);
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
      meter.take(bytes(value), plan.graph().node(node));
      arrays[node] = value;
      arrangements[node] = rows.now();
    }
  }

  Node node(int id) {
    return plan.graph().node(id);
  }

  boolean isLastLogits(int node) {
    return plan.isLastLogits(node);
  }

  boolean has(int node) {
    return arrays[node] != null;
  }

  NDArray get(int node, Node reader) {
    NDArray array = arrays[node];
    if (array == null) {
      throw new RunException(
          reader.location(),
          "the value recorded at %s does not exist when it is needed"
              .formatted(plan.graph().node(node).line()));
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
          reader.location(),
          "the value recorded at %s has the rows of an earlier step, and rows have ended or changed places since; at step %s it would meet other rows. Give each row an invoker of its own, or use neither beams nor end tokens"
              .formatted(plan.graph().node(node).line(), step));
    }
  }

  /**
   * Called when a node has run, or will not run in this step: its arguments have one reader less.
   */
  void release(Node node) {
    ControlBlock.Steps loop = isPerStep(node.id()) ? plan.loop(node.id()) : null;
    for (int need : node.needs()) {
      boolean comesAgain = loop != null && !isPerStep(need) && step < loop.to() - 1;
      if (comesAgain) {
        continue;
      }
      NDArray array = arrays[need];
      if (--readers[need] == 0 && array != null && frees) {
        free(array);
        arrays[need] = null;
      }
    }
  }

  /** What the iteration before handed on, or null in the first iteration. */
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
    NDArray handed = again(value);
    meter.take(bytes(handed), plan.graph().node(carry));
    NDArray before = carried.put(carry, handed);
    if (before != null && frees) {
      free(before);
    }
  }

  /** The same value, from which gradients flow back to here; takes the handle. */
  NDArray traced(NDArray value) {
    NDArray traced = call("traced", value);
    if (frees) {
      value.close();
    }
    return traced;
  }

  NDArray call(String kernel, Object... args) {
    return TorchOps.get().call(arena, kernel, args);
  }

  NDArray[] callMany(String kernel, Object... args) {
    return TorchOps.get().callMany(arena, kernel, args);
  }

  Arena arena() {
    return arena;
  }

  private void free(NDArray array) {
    meter.give(bytes(array));
    array.close();
  }

  private static long bytes(NDArray array) {
    return Dim.product(array.getShape().size(), Transfer.dtype(array).bytes());
  }

  /** Whether memory is metered, so that kernels have to ask for room. */
  boolean metered() {
    return meter.isBounded();
  }

  /**
   * Called before a kernel makes an array.
   *
   * @throws RunException if there is no room for it and for its temporary memory
   */
  void room(Meta result, long scratch, Node node) {
    long bytes = Dim.product(result.dims().mostElements(), result.dtype().bytes());
    meter.check(Dim.sum(bytes, scratch), node);
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

  /** The numbers of a save node, kept until the result is written. */
  Tensor keep(Node.Save save) {
    NDArray array = get(save.value(), save);
    long bytes = bytes(array);
    if (bytes > MOST_BYTES) {
      throw new RunException(
          save.location(),
          "a value of the shape %s has %s bytes, expected at most %s of one that is saved; save it in parts"
              .formatted(array.getShape(), bytes, MOST_BYTES));
    }
    meter.keep(bytes, save);
    if (shelf == Shelf.HEAP) {
      return toHost(array);
    }
    try (NDArray detached = call("detach", array)) {
      return Transfer.toHost(arena, detached, shelf::keep);
    }
  }

  /** The same array as a handle of its own; where gradients flow also as a value of its own. */
  NDArray again(NDArray array) {
    return plan.gradients() ? call("alias", array) : Views.again(arena, array);
  }

  /** A separate handle for an invoker's part of an array. */
  NDArray window(NDArray array, Frame.Window window) {
    if (window.isWhole()) {
      return again(array);
    }
    if (!window.isFlat() && !plan.gradients()) {
      return Views.window(arena, array, window.axes(), window.begins(), window.lengths());
    }
    if (!window.isFlat()) {
      return call("window", array, window.axes(), window.begins(), window.lengths());
    }
    try (NDArray apart = call("reshape", array, window.apart(shape(array)));
        NDArray part = call("window", apart, window.axes(), window.begins(), window.lengths())) {
      return call("reshape", part, Frame.Window.together(shape(part)));
    }
  }

  private static long[] shape(NDArray array) {
    return array.getShape().getShape().clone();
  }

  /** The array with an invoker's part replaced. */
  static NDArray put(Arena arena, NDArray array, Frame.Window window, NDArray part) {
    TorchOps ops = TorchOps.get();
    if (window.isFlat()) {
      try (NDArray apart = ops.call(arena, "reshape", array, window.apart(shape(array)));
          NDArray own = ops.call(arena, "reshape", part, window.partApart(shape(part)));
          NDArray all =
              ops.call(
                  arena,
                  "window_put",
                  apart,
                  window.axes(),
                  window.begins(),
                  window.lengths(),
                  own)) {
        return ops.call(arena, "reshape", all, shape(array));
      }
    }
    return window.isWhole()
        ? ops.call(arena, "alias", part)
        : ops.call(
            arena, "window_put", array, window.axes(), window.begins(), window.lengths(), part);
  }
}
