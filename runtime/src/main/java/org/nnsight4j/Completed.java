package org.nnsight4j;

import org.nnsight4j.values.Receipt;

/**
 * A run that was recorded in a lambda and has happened.
 *
 * @param <R> what the lambda returned
 */
public final class Completed<R> {
  private final R result;
  private final Generator<?> generator;

  Completed(R result, Generator<?> generator) {
    this.result = result;
    this.generator = generator;
  }

  /** What the lambda returned, with all saved values readable. */
  public R result() {
    return result;
  }

  /**
   * The generated ids and texts of every row.
   *
   * @throws org.nnsight4j.error.RunException if the run was one forward pass
   */
  public Output output() {
    return generator.output();
  }

  /** What really happened in the run: which reads and writes fired, shapes, changes, warnings. */
  public Receipt receipt() {
    return generator.receipt();
  }
}
