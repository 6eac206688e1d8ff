package org.nnsight4j.engine;

import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.WeightFormat;

/**
 * How weights are loaded.
 *
 * @param strict whether a checkpoint that would cause a warning is refused
 * @param run the data type in which a network computes
 * @param device the device on which it computes
 * @param convertUpTo matrices of another type than the run's are converted when loaded if they then
 *     take at most this many bytes together; else at each use
 * @param format how the matrices of linear layers are kept
 */
public record LoadSettings(
    boolean strict, DType run, TorchDevice device, long convertUpTo, WeightFormat format) {
  /** 512 MiB: models of up to about 130 million parameters. */
  public static final long USUAL_CONVERSIONS = 512L << 20;

  /** With the matrices of linear layers as in their files. */
  public LoadSettings(boolean strict, DType run, TorchDevice device, long convertUpTo) {
    this(strict, run, device, convertUpTo, WeightFormat.AS_STORED);
  }

  /** The settings as one word of {@code name=value} pairs, for another process; see {@link #of}. */
  public String text() {
    return "strict=%s,dtype=%s,device=%s,convert=%s,weights=%s"
        .formatted(strict, run, device, convertUpTo, format);
  }

  /**
   * Parses the form of {@link #text()}; settings that it lacks have their defaults.
   *
   * @throws IllegalArgumentException if the text is invalid
   */
  public static LoadSettings of(String text) {
    LoadSettings all = usual(false);
    for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String value = pair.substring(pair.indexOf('=') + 1);
      all =
          switch (pair.substring(0, Math.max(0, pair.indexOf('=')))) {
            case "strict" ->
                new LoadSettings(
                    Boolean.parseBoolean(value), all.run, all.device, all.convertUpTo, all.format);
            case "dtype" ->
                new LoadSettings(
                    all.strict, DType.valueOf(value), all.device, all.convertUpTo, all.format);
            case "device" ->
                new LoadSettings(
                    all.strict, all.run, TorchDevice.of(value), all.convertUpTo, all.format);
            case "convert" ->
                new LoadSettings(
                    all.strict, all.run, all.device, Long.parseLong(value), all.format);
            case "weights" ->
                new LoadSettings(
                    all.strict, all.run, all.device, all.convertUpTo, WeightFormat.valueOf(value));
            default ->
                throw new IllegalArgumentException(
                    "expected strict, dtype, device, convert and weights, each as NAME=VALUE, found '%s'"
                        .formatted(text));
          };
    }
    return all;
  }

  /** FP32 on the CPU. */
  public static LoadSettings usual(boolean strict) {
    return new LoadSettings(strict, DType.FLOAT32, TorchDevice.CPU, USUAL_CONVERSIONS);
  }
}
