package org.nnsight4j.run;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.graph.Node;
import org.nnsight4j.plan.Plan;
import org.nnsight4j.tensor.Tensor;

/** The values of a run by node, each freed after its last reader. */
final class Values {
  private final Plan plan;
  private final Arena arena;
  private final @Nullable NDArray[] arrays;
  private final int[] readers;

  Values(Plan plan, Arena arena) {
    this.plan = plan;
    this.arena = arena;
    int size = plan.graph().nodes().size();
    this.arrays = new NDArray[size];
    this.readers = new int[size];
    for (int node = 0; node < size; node++) {
      readers[node] = plan.uses(node);
    }
  }

  void put(int node, NDArray value) {
    if (readers[node] == 0) {
      value.close();
    } else {
      arrays[node] = value;
    }
  }

  /** Whether everything that a node needs happened; a step that ended early leaves gaps. */
  boolean ready(Node node) {
    return node.needs().stream().allMatch(need -> arrays[need] != null);
  }

  NDArray get(int node, Node reader) {
    NDArray array = arrays[node];
    if (array == null) {
      throw new RunException(
          "the value recorded at %s does not exist when it is needed (at %s)"
              .formatted(plan.graph().node(node).line(), reader.line()));
    }
    return array;
  }

  /** A node has run: its arguments have one reader less. */
  void release(Node node) {
    for (int need : node.needs()) {
      NDArray array = arrays[need];
      if (--readers[need] == 0 && array != null && !plan.gradients()) {
        array.close();
        arrays[need] = null;
      }
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
    NDArray array = get(node, reader);
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
