package org.nnsight4j;

import org.nnsight4j.internal.request.RunKind;

/**
 * How one forward pass runs.
 *
 * <p>Many prompts of one trace whose values do not meet can be computed in parts. That happens if
 * all of them together would take more than {@code maxBytes} beside the weights, by an upper bound
 * from the shapes of the model; the results are those of one batch up to rounding, in the order of
 * the prompts, and the receipt says how many parts there were. Rows that have the same tokens share
 * the layers before the first that something reads or writes. Prompts whose values meet stay
 * together, and so does everything where gradients are taken.
 *
 * @param wholePass whether the pass continues after the last site that is read or written
 * @param maxBytes from how many bytes on a trace is computed in parts, and how many each may take
 */
public record TraceOptions(boolean wholePass, long maxBytes) {
  /** What a trace may take at the same time before it is computed in parts: 256 MiB. */
  public static final long USUAL_BYTES = RunKind.Trace.USUAL_BYTES;

  public TraceOptions {
    if (maxBytes < 1) {
      throw new IllegalArgumentException(
          "maxBytes is %s, expected at least 1; inOneBatch() sets no bound".formatted(maxBytes));
    }
  }

  /** Options with the usual bound of memory. */
  public TraceOptions(boolean wholePass) {
    this(wholePass, USUAL_BYTES);
  }

  /** The pass ends after the last site that the run needs. */
  public static TraceOptions defaults() {
    return new TraceOptions(false);
  }

  /** The same with another bound of memory, in bytes. */
  public TraceOptions maxBytes(long bytes) {
    return new TraceOptions(wholePass, bytes);
  }

  /** The same with all prompts in one batch, whatever memory it takes. */
  public TraceOptions inOneBatch() {
    return maxBytes(Long.MAX_VALUE);
  }
}
