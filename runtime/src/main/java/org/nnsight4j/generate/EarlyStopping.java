package org.nnsight4j.generate;

/** When beam search stops looking for better sequences. */
public enum EarlyStopping {
  /** When finding a better one is unlikely; the default ({@code False}). */
  FALSE,
  /** As soon as there are {@code numBeams} finished sequences ({@code True}). */
  TRUE,
  /** Only when there cannot be a better one ({@code "never"}). */
  NEVER
}
