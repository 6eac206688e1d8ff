package org.nnsight4j;

import org.nnsight4j.error.RunException;
import org.nnsight4j.record.InvokerScope;

/**
 * One input of a run, and what is recorded on it.
 *
 * @param <M> the descriptor
 */
public final class Invoker<M> implements AutoCloseable {
  private final M model;
  private final InvokerScope scope;
  private boolean closed;

  Invoker(M model, InvokerScope scope) {
    this.model = model;
    this.scope = scope;
  }

  /** The model's typed proxies; what they read and write concerns this invoker's rows only. */
  public M model() {
    return model;
  }

  /**
   * Ends the recording on this input. Its values stay usable in other invokers of the same run.
   *
   * @throws RunException if it was closed before
   */
  @Override
  public void close() {
    if (closed) {
      throw new RunException("this invoker was closed before; close it once, or by try(...) alone");
    }
    closed = true;
    scope.close();
  }
}
