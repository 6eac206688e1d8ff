package org.nnsight4j;

/**
 * How one forward pass runs.
 *
 * @param wholePass whether the pass continues after the last site that is read or written
 */
public record TraceOptions(boolean wholePass) {
  /** The pass ends after the last site that the run needs. */
  public static TraceOptions defaults() {
    return new TraceOptions(false);
  }
}
