package org.nnsight4j;

/**
 * How a checkpoint is opened.
 *
 * @param strict whether a checkpoint is refused where it would be loaded with a {@linkplain
 *     LanguageModel#warnings() warning}: tensors that no module takes, or two matrices that differ
 *     where config.json says that they are one
 * @param verified whether the {@linkplain org.nnsight4j.arch.Decoder view as a decoder} of a model
 *     without a descriptor is compared with its numbers when its weights load, by a pass over three
 *     tokens
 */
public record OpenOptions(boolean strict, boolean verified) {
  /** With the view verified. */
  public OpenOptions(boolean strict) {
    this(strict, true);
  }

  /** As Hugging Face loads: what is too much is warned about. */
  public static OpenOptions defaults() {
    return new OpenOptions(false);
  }

  /** The same options, with warnings as errors. */
  public OpenOptions strictly() {
    return new OpenOptions(true, verified);
  }

  /** The same options, without the pass that verifies the view as a decoder. */
  public OpenOptions unverified() {
    return new OpenOptions(strict, false);
  }
}
