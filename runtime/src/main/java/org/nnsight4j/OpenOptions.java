package org.nnsight4j;

/**
 * How a checkpoint is opened.
 *
 * @param strict whether a checkpoint is refused where it would be loaded with a {@linkplain
 *     LanguageModel#warnings() warning}: tensors that no module takes, or two matrices that differ
 *     where config.json says that they are one
 */
public record OpenOptions(boolean strict) {
  /** As Hugging Face loads: what is too much is warned about. */
  public static OpenOptions defaults() {
    return new OpenOptions(false);
  }

  /** The same options, with warnings as errors. */
  public OpenOptions strictly() {
    return new OpenOptions(true);
  }
}
