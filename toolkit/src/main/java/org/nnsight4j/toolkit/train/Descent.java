package org.nnsight4j.toolkit.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.tensor.Tensor;

/** The trained tensors between two steps, where DJL's optimiser changes them. */
final class Descent implements AutoCloseable {
  private final NDManager manager = NDManager.newBaseManager();
  private final Optimizer optimizer;
  private final Map<String, NDArray> arrays = new LinkedHashMap<>();

  Descent(Optimizer optimizer, Map<String, Tensor> initial) {
    this.optimizer = optimizer;
    initial.forEach((name, tensor) -> arrays.put(name, array(manager, tensor)));
  }

  private static NDArray array(NDManager manager, Tensor tensor) {
    return manager.create(tensor.toFloatArray(), new Shape(tensor.shape()));
  }

  void update(String name, Tensor gradient) {
    try (NDManager step = manager.newSubManager()) {
      optimizer.update(name, array(name), array(step, gradient));
    }
  }

  private NDArray array(String name) {
    NDArray array = arrays.get(name);
    if (array == null) {
      throw new IllegalStateException("no tensor '%s' is trained".formatted(name));
    }
    return array;
  }

  Map<String, Tensor> tensors() {
    Map<String, Tensor> now = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) ->
            now.put(name, Tensor.of(array.toFloatArray(), array.getShape().getShape())));
    return now;
  }

  @Override
  public void close() {
    manager.close();
  }
}
