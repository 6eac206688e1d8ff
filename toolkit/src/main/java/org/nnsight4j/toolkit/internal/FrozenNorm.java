package org.nnsight4j.toolkit.internal;

import java.util.Arrays;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/**
 * A normalisation with the scale that it had at one input: {@code (c - mean c) * w / s + b}, or
 * without the mean. What it is is measured by applying the module, so that it holds for each
 * family's own kind.
 */
public final class FrozenNorm {
  /** A power of two, large beside any epsilon. */
  private static final double LARGE = 1024;

  private final boolean centred;
  private final double[] weight;
  private final double[] bias;
  private final double scale;

  private FrozenNorm(boolean centred, double[] weight, double[] bias, double scale) {
    this.centred = centred;
    this.weight = weight;
    this.bias = bias;
    this.scale = scale;
  }

  /** No normalisation at all. */
  static FrozenNorm none(int width) {
    double[] ones = new double[width];
    Arrays.fill(ones, 1);
    return new FrozenNorm(false, ones, new double[width], 1);
  }

  /**
   * Measures a module.
   *
   * @param input what it read
   */
  public static FrozenNorm of(LanguageModel<?> model, String module, double[] input) {
    int width = input.length;
    double[] ones = new double[width];
    double[] waves = new double[width];
    for (int i = 0; i < width; i++) {
      ones[i] = LARGE;
      waves[i] = i % 2 == 0 ? LARGE : -LARGE;
    }
    double[] all = new double[4 * width];
    System.arraycopy(ones, 0, all, width, width);
    System.arraycopy(waves, 0, all, 2 * width, width);
    System.arraycopy(input, 0, all, 3 * width, width);
    Tensor rows = Numbers.tensor(all, 1, 4, width);
    double[] given =
        Numbers.of(
            Passes.without(
                    model, view -> view.module(module).apply(view.logits().constant(rows)).save())
                .value());
    double[] bias = Arrays.copyOfRange(given, 0, width);
    double[] ofOnes = Numbers.minus(Arrays.copyOfRange(given, width, 2 * width), bias);
    double[] ofWaves = Numbers.minus(Arrays.copyOfRange(given, 2 * width, 3 * width), bias);
    double[] ofInput = Numbers.minus(Arrays.copyOfRange(given, 3 * width, 4 * width), bias);
    boolean centred = Numbers.norm(ofOnes) <= 1e-6 * Numbers.norm(ofWaves);
    double[] weight = new double[width];
    double[] wave = centre(waves, centred);
    double size = Numbers.norm(wave) / Math.sqrt(width);
    for (int i = 0; i < width; i++) {
      weight[i] = ofWaves[i] * size / wave[i];
    }
    double[] scaled = centre(input, centred);
    for (int i = 0; i < width; i++) {
      scaled[i] *= weight[i];
    }
    double scale = Numbers.dot(scaled, scaled) / Numbers.dot(scaled, ofInput);
    double[] error = ofInput.clone();
    Numbers.add(error, scaled, -1 / scale);
    if (!(Numbers.norm(error) <= 1e-2 * Numbers.norm(ofInput))) {
      throw new RunException(
          "%s is no normalisation that divides by one number, so it cannot be frozen"
              .formatted(module));
    }
    return new FrozenNorm(centred, weight, bias, scale);
  }

  private static double[] centre(double[] values, boolean centred) {
    double mean = centred ? Numbers.mean(values) : 0;
    return Arrays.stream(values).map(value -> value - mean).toArray();
  }

  /** The direction before it that a direction after it is: {@code <L c, u> = <c, back(u)>}. */
  public double[] back(double[] after) {
    double[] before = new double[after.length];
    for (int i = 0; i < after.length; i++) {
      before[i] = after[i] * weight[i] / scale;
    }
    return centre(before, centred);
  }

  /** What it adds by itself. */
  public double[] bias() {
    return bias.clone();
  }
}
