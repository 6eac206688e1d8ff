package org.nnsight4j.internal.request;

import org.nnsight4j.generate.GenerateOptions;

/** What a run does: one forward pass, or the generation of tokens. */
public sealed interface RunKind {
  /**
   * One forward pass.
   *
   * @param wholePass whether it continues after the last site that is needed
   */
  record Trace(boolean wholePass) implements RunKind {}

  /** Generation, with the options that the user gave; the checkpoint fills in the others. */
  record Generate(GenerateOptions options) implements RunKind {}
}
