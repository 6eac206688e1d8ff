package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * What a kernel returned that is no tensor, such as a packed matrix, or a list; an argument of
 * others.
 */
final class Held implements AutoCloseable {
  private final IValue value;

  Held(IValue value) {
    this.value = value;
  }

  /** A list of arrays, which keeps their memory. */
  static Held arrays(List<NDArray> arrays) {
    return new Held(IValue.listFrom(arrays.toArray(PtNDArray[]::new)));
  }

  /** A list of others of one type, which may then be closed. */
  static Held list(List<Held> others) {
    return new Held(IValue.listFrom(others.stream().map(Held::value).toArray(IValue[]::new)));
  }

  IValue value() {
    return value;
  }

  @Override
  public void close() {
    value.close();
  }
}
