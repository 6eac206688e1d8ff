package org.nnsight4j;

/**
 * How one forward pass runs.
 *
 * @param wholePass whether the pass goes on after the last site that is read or written
 */
public record TraceOptions(boolean wholePass) {
  /** The pass ends after the last site that anybody needs. */
  public static TraceOptions defaults() {
    return new TraceOptions(false);
  }
}
