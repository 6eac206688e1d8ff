package org.nnsight4j.engine;

import java.util.List;

/**
 * What a configuration says about rotary positions, in the terms of Hugging Face's {@code
 * rope_parameters}.
 *
 * @param width how many features of each head are rotated; an odd number is rounded up
 * @param theta the base of the frequencies
 * @param scaling how frequencies are scaled
 * @param neighbours whether features 2i and 2i + 1 are rotated together, as in GPT-J; otherwise
 *     feature i is paired with the one half a width away
 * @param halfTables whether the tables have one number for each pair, as in GPT-OSS; otherwise they
 *     have one for each feature
 */
public record Rope(
    int width, double theta, Scaling scaling, boolean neighbours, boolean halfTables) {
  /** The usual pairing. */
  public Rope(int width, double theta, Scaling scaling) {
    this(width, theta, scaling, false);
  }

  /** Tables with one number for each feature. */
  public Rope(int width, double theta, Scaling scaling, boolean neighbours) {
    this(width, theta, scaling, neighbours, false);
  }

  /** The same positions, with tables that have one number for each pair. */
  public Rope withHalfTables() {
    return new Rope(width, theta, scaling, neighbours, true);
  }

  /** How frequencies are scaled; named by {@code rope_type}. */
  public sealed interface Scaling {
    /** The factor for both tables. */
    default double attentionFactor() {
      return 1;
    }
  }

  /** {@code default}: not at all. */
  public record Plain() implements Scaling {}

  /** {@code linear}: all are scaled by one factor. */
  public record Linear(double factor) implements Scaling {}

  /**
   * {@code dynamic}: scaled by how much a row exceeds the length that the model was made for. Each
   * row has the frequencies that it would have alone.
   *
   * @param longest the length up to which nothing is scaled
   */
  public record Dynamic(double factor, int longest) implements Scaling {}

  /**
   * {@code llama3}: long wavelengths are scaled by the factor, short ones are not, with a ramp in
   * between.
   */
  public record Llama3(double factor, double lowFrequency, double highFrequency, int original)
      implements Scaling {}

  /**
   * {@code yarn}: a ramp over the features.
   *
   * @param low where the ramp begins
   * @param high where the ramp ends
   */
  public record Yarn(double factor, double attentionFactor, double low, double high)
      implements Scaling {}

  /**
   * {@code longrope}: each feature is scaled by its own factor, and by another one in rows that are
   * longer than the original length.
   */
  public record LongRope(
      List<Double> shortFactors, List<Double> longFactors, int original, double attentionFactor)
      implements Scaling {
    public LongRope {
      shortFactors = List.copyOf(shortFactors);
      longFactors = List.copyOf(longFactors);
    }
  }

  /**
   * {@code proportional}: only the first features of a head are rotated, with frequencies computed
   * over all of them.
   *
   * @param turning how many pairs are rotated
   */
  public record Proportional(double factor, int turning) implements Scaling {}
}
