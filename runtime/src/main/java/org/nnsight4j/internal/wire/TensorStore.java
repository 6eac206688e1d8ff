package org.nnsight4j.internal.wire;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.tensor.Tensor;

/** The numbers of a graph's constants, separate from its JSON, by the names that the JSON uses. */
final class TensorStore {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<Tensor, String> names = new IdentityHashMap<>();

  TensorStore() {}

  TensorStore(Map<String, Tensor> tensors) {
    this.tensors.putAll(tensors);
  }

  /** The name of a tensor; the same tensor is stored once. */
  String name(Tensor tensor) {
    return names.computeIfAbsent(
        tensor,
        added -> {
          String name = "t" + tensors.size();
          tensors.put(name, added);
          return name;
        });
  }

  Tensor get(String where, String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new SerializationException(
          "%s: there is no tensor '%s'; there are %s".formatted(where, name, tensors.keySet()));
    }
    return tensor;
  }

  Map<String, Tensor> tensors() {
    return tensors;
  }
}
