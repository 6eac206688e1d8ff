package org.nnsight4j.engine;

import ai.djl.pytorch.jni.IValue;

/** What a kernel returned that is no tensor, such as a packed matrix; an argument of others. */
final class Held implements AutoCloseable {
  private final IValue value;

  Held(IValue value) {
    this.value = value;
  }

  IValue value() {
    return value;
  }

  @Override
  public void close() {
    value.close();
  }
}
