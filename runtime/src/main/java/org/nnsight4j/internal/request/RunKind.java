package org.nnsight4j.internal.request;

import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.sweep.SweepSpec;

/** What a run does: one forward pass, the generation of tokens, or a sweep. */
public sealed interface RunKind {
  /**
   * One forward pass.
   *
   * @param wholePass whether it continues after the last site that is needed
   * @param maxBytes from how many bytes on its rows are computed in parts
   */
  record Trace(boolean wholePass, long maxBytes) implements RunKind {
    /** The bound of those who say none: 256 MiB. */
    public static final long USUAL_BYTES = 256L << 20;

    /** A pass with the usual bound of memory. */
    public Trace(boolean wholePass) {
      this(wholePass, USUAL_BYTES);
    }
  }

  /** Generation, with the options that the user gave; the checkpoint fills in the others. */
  record Generate(GenerateOptions options) implements RunKind {}

  /** Many interventions, each in a run of its own, and what they do to the metrics of the graph. */
  record Sweep(SweepSpec spec) implements RunKind {}
}
