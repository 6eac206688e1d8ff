package org.nnsight4j;

/**
 * How a checkpoint is opened.
 *
 * @param strict whether to refuse a checkpoint that would load with a {@linkplain
 *     LanguageModel#warnings() warning}: tensors that no module uses, or two matrices that differ
 *     although config.json says that they are tied
 */
public record OpenOptions(boolean strict) {
  /** Loads as Hugging Face does: extra tensors cause a warning. */
  public static OpenOptions defaults() {
    return new OpenOptions(false);
  }

  /** The same options, with warnings as errors. */
  public OpenOptions strictly() {
    return new OpenOptions(true);
  }
}
