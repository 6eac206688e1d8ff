package org.nnsight4j;

import java.util.Objects;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.WeightFormat;

/**
 * How a checkpoint is opened. Weights stay in their files, in the files' own types; these options
 * choose the type in which everything is computed. See docs/memory.md.
 *
 * @param strict whether to refuse a checkpoint that would load with a {@linkplain
 *     LanguageModel#warnings() warning}: tensors that no module uses, or two matrices that differ
 *     although config.json says that they are tied
 * @param dtype the type in which everything is computed: {@link DType#FLOAT32}, which is exact for
 *     weights of FLOAT32, FLOAT16 and BFLOAT16; {@link DType#BFLOAT16}, as Hugging Face does with
 *     {@code dtype=torch.bfloat16}; or {@link DType#FLOAT64}, which tells rounding from a mistake
 *     and takes twice the memory and more than twice the time
 * @param device where everything is computed, by PyTorch's name: {@code cpu}, {@code cuda:1}
 * @param convertUpTo a bound in bytes for matrices of another type than {@code dtype}. If all of
 *     them together take at most this much after conversion, they are converted when loaded; else
 *     each is converted at each use, a part at a time. The numbers are the same.
 * @param verified whether loading the weights of a model without a descriptor checks its
 *     {@linkplain org.nnsight4j.arch.Decoder view as a decoder} by a pass over three tokens
 * @param weights how the matrices of linear layers are kept: exactly, or in fewer bits, which
 *     changes the model's numbers and makes decoding faster
 */
public record OpenOptions(
    boolean strict,
    DType dtype,
    String device,
    long convertUpTo,
    boolean verified,
    WeightFormat weights) {
  private static final OpenOptions DEFAULTS =
      new OpenOptions(
          false,
          DType.FLOAT32,
          "cpu",
          LoadSettings.USUAL_CONVERSIONS,
          true,
          WeightFormat.AS_STORED);

  /**
   * Checks the options; opening a model checks whether the device exists.
   *
   * @throws IllegalArgumentException if runs cannot have this type, or PyTorch has no device of
   *     such a name
   */
  public OpenOptions {
    Objects.requireNonNull(dtype, "dtype is null; there are FLOAT32, BFLOAT16 and FLOAT64");
    Objects.requireNonNull(device, "device is null; there is \"cpu\"");
    if (dtype != DType.FLOAT32 && dtype != DType.BFLOAT16 && dtype != DType.FLOAT64) {
      throw new IllegalArgumentException(
          "expected a data type to compute in, FLOAT32, BFLOAT16 or FLOAT64, found %s%s"
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
    Objects.requireNonNull(weights, "weights is null; there is WeightFormat.AS_STORED");
    if (weights != WeightFormat.AS_STORED && (dtype != DType.FLOAT32 || !device.equals("cpu"))) {
      throw new IllegalArgumentException(
          "weights kept as %s are for a run in FLOAT32 on cpu, found %s on %s: leave dtype and device out, or weights"
              .formatted(weights, dtype, device));
    }
  }

  /** Loads as Hugging Face does: extra tensors cause a warning. FLOAT32 on the CPU. */
  public static OpenOptions defaults() {
    return DEFAULTS;
  }

  /** The same options, with warnings as errors. */
  public OpenOptions strictly() {
    return new OpenOptions(true, dtype, device, convertUpTo, verified, weights);
  }

  /** The same options, with warnings as errors or not. */
  public OpenOptions strict(boolean value) {
    return new OpenOptions(value, dtype, device, convertUpTo, verified, weights);
  }

  /** The same options with another data type for computation. */
  public OpenOptions dtype(DType value) {
    return new OpenOptions(strict, value, device, convertUpTo, verified, weights);
  }

  /** The same options with another device. */
  public OpenOptions device(String value) {
    return new OpenOptions(strict, dtype, value, convertUpTo, verified, weights);
  }

  /** The same options with another bound for conversion when loaded. */
  public OpenOptions convertUpTo(long bytes) {
    return new OpenOptions(strict, dtype, device, bytes, verified, weights);
  }

  /** The same options, without the pass that verifies the view as a decoder. */
  public OpenOptions unverified() {
    return new OpenOptions(strict, dtype, device, convertUpTo, false, weights);
  }

  /** The same options, with the matrices of linear layers kept in another way. */
  public OpenOptions weights(WeightFormat value) {
    return new OpenOptions(strict, dtype, device, convertUpTo, verified, value);
  }

  LoadSettings settings() {
    return new LoadSettings(strict, dtype, TorchDevice.of(device), convertUpTo, weights);
  }
}
