package org.nnsight4j.engine;

import org.nnsight4j.tensor.DType;

/**
 * How weights are loaded.
 *
 * @param strict whether what is worth a warning is refused
 * @param run the data type in which a network computes
 * @param device where
 * @param convertUpTo matrices of another type than the run's are converted when they are loaded if
 *     they then take at most so many bytes together; else at each use
 */
public record LoadSettings(boolean strict, DType run, TorchDevice device, long convertUpTo) {
  /** 512 MiB: models of up to about 130 million parameters. */
  public static final long USUAL_CONVERSIONS = 512L << 20;

  /** FP32 on the CPU. */
  public static LoadSettings usual(boolean strict) {
    return new LoadSettings(strict, DType.FLOAT32, TorchDevice.CPU, USUAL_CONVERSIONS);
  }
}
