package org.nnsight4j;

import java.util.Objects;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.tensor.DType;

/**
 * How a checkpoint is opened. Weights stay in their files, of whatever type they are; in which type
 * everything is computed is chosen here, see docs/memory.md.
 *
 * @param strict whether a checkpoint is refused where it would be loaded with a {@linkplain
 *     LanguageModel#warnings() warning}: tensors that no module takes, or two matrices that differ
 *     where config.json says that they are one
 * @param dtype in which everything is computed: {@link DType#FLOAT32}, which is exact for weights
 *     of FLOAT32, FLOAT16 and BFLOAT16, or {@link DType#BFLOAT16}, as Hugging Face does with {@code
 *     dtype=torch.bfloat16}
 * @param device where everything is computed, in PyTorch's words: {@code cpu}, {@code cuda:1}
 * @param convertUpTo matrices of another type than {@code dtype} are converted when they are loaded
 *     if they then take at most so many bytes together; else each is converted when it is used, a
 *     part at a time. The numbers are the same.
 */
public record OpenOptions(boolean strict, DType dtype, String device, long convertUpTo) {
  private static final OpenOptions DEFAULTS =
      new OpenOptions(false, DType.FLOAT32, "cpu", LoadSettings.USUAL_CONVERSIONS);

  /**
   * Checks the options; whether the device is there is seen when a model is opened.
   *
   * @throws IllegalArgumentException if nothing is computed in such a type, or PyTorch has no such
   *     words for a device
   */
  public OpenOptions {
    Objects.requireNonNull(dtype, "dtype is null; there are FLOAT32 and BFLOAT16");
    Objects.requireNonNull(device, "device is null; there is \"cpu\"");
    if (dtype != DType.FLOAT32 && dtype != DType.BFLOAT16) {
      throw new IllegalArgumentException(
          "expected a data type to compute in, FLOAT32 or BFLOAT16, found %s%s"
              .formatted(
                  dtype,
                  dtype == DType.FLOAT16
                      ? "; FLOAT32 computes with a FLOAT16 file exactly, and needs no more memory for it"
                      : ""));
    }
    device = TorchDevice.of(device).name();
    if (convertUpTo < 0) {
      throw new IllegalArgumentException(
          "expected at least 0 bytes of weights to convert when loaded, found " + convertUpTo);
    }
  }

  /** As Hugging Face loads: what is too much is warned about. FLOAT32 on the CPU. */
  public static OpenOptions defaults() {
    return DEFAULTS;
  }

  /** The same options, with warnings as errors. */
  public OpenOptions strictly() {
    return new OpenOptions(true, dtype, device, convertUpTo);
  }

  /** The same options, with warnings as errors or not. */
  public OpenOptions strict(boolean value) {
    return new OpenOptions(value, dtype, device, convertUpTo);
  }

  /** The same options for another data type to compute in. */
  public OpenOptions dtype(DType value) {
    return new OpenOptions(strict, value, device, convertUpTo);
  }

  /** The same options for another device. */
  public OpenOptions device(String value) {
    return new OpenOptions(strict, dtype, value, convertUpTo);
  }

  /** The same options for another bound of what is converted when it is loaded. */
  public OpenOptions convertUpTo(long bytes) {
    return new OpenOptions(strict, dtype, device, bytes);
  }

  LoadSettings settings() {
    return new LoadSettings(strict, dtype, TorchDevice.of(device), convertUpTo);
  }
}
