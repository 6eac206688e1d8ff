package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** The tensors of an attached module's file. */
record Parameters(Path file, Map<String, Tensor> tensors) {
  Parameters {
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
  }

  static Parameters read(Path file) {
    return new Parameters(file, Safetensors.read(file));
  }

  /**
   * Refuses tensors that would not be used.
   *
   * @param what the module that the file should contain
   */
  Parameters only(String what, Set<String> known) {
    Set<String> unknown = new TreeSet<>(tensors.keySet());
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new CheckpointException(
          "%s: expected the tensors of %s, %s, found also %s, which nnsight4j would not use"
              .formatted(file, what, new TreeSet<>(known), unknown));
    }
    return this;
  }

  /** A tensor of a given rank, as FLOAT32. */
  Tensor get(String name, int rank) {
    Tensor tensor = optional(name, rank);
    if (tensor == null) {
      throw new CheckpointException(
          "%s: expected a tensor '%s', found %s".formatted(file, name, tensors.keySet()));
    }
    return tensor;
  }

  @Nullable Tensor optional(String name, int rank) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      return null;
    }
    if (tensor.rank() != rank || !tensor.dtype().isFloating()) {
      throw new CheckpointException(
          "%s: '%s' must have %s axes of floating numbers, found %s"
              .formatted(file, name, rank, tensor));
    }
    return float32(tensor);
  }

  static Tensor float32(Tensor tensor) {
    return tensor.dtype() == DType.FLOAT32
        ? tensor
        : Tensor.of(tensor.toFloatArray(), tensor.shape());
  }

  static Tensor times(Tensor tensor, double factor) {
    float[] all = tensor.toFloatArray();
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (all[i] * factor);
    }
    return Tensor.of(all, tensor.shape());
  }

  static Tensor filled(float value, long length) {
    float[] all = new float[Math.toIntExact(length)];
    Arrays.fill(all, value);
    return Tensor.of(all, length);
  }

  /** The transposed matrix. */
  static Tensor transposed(Tensor matrix) {
    int rows = (int) matrix.shape(0);
    int columns = (int) matrix.shape(1);
    float[] from = matrix.toFloatArray();
    float[] to = new float[from.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        to[column * rows + row] = from[row * columns + column];
      }
    }
    return Tensor.of(to, columns, rows);
  }

  /** Refuses a tensor whose shape does not fit the others. */
  static void same(String what, Tensor tensor, long... shape) {
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new CheckpointException(
          "%s must have the shape %s, found %s"
              .formatted(what, Arrays.toString(shape), Arrays.toString(tensor.shape())));
    }
  }
}
