package org.nnsight4j.engine;

import java.util.List;

/**
 * What a configuration says about rotary positions, with the words of Hugging Face's {@code
 * rope_parameters}.
 *
 * @param width how many features of each head are turned; of an odd number, one more
 * @param theta the base of the frequencies
 * @param scaling what stretches the frequencies
 * @param neighbours whether features 2i and 2i + 1 are turned together, as in GPT-J; else feature i
 *     goes with the one half a width away
 * @param halfTables whether the tables have one number for each pair, as in GPT-OSS; else they have
 *     one for each feature
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

  /** The same positions by tables with one number for each pair. */
  public Rope withHalfTables() {
    return new Rope(width, theta, scaling, neighbours, true);
  }

  /** How frequencies are stretched; named by {@code rope_type}. */
  public sealed interface Scaling {
    /** What both tables are multiplied with. */
    default double attentionFactor() {
      return 1;
    }
  }

  /** {@code default}: not at all. */
  public record Plain() implements Scaling {}

  /** {@code linear}: all by one factor. */
  public record Linear(double factor) implements Scaling {}

  /**
   * {@code dynamic}: by how much a row is longer than the model was made for. Each row has the
   * frequencies that it would have alone.
   *
   * @param longest up to here nothing is stretched
   */
  public record Dynamic(double factor, int longest) implements Scaling {}

  /** {@code llama3}: long wavelengths by the factor, short ones not, with a ramp in between. */
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
   * {@code longrope}: each feature by its own factor; another one in rows that are longer than the
   * original length.
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
   * {@code proportional}: only the first features of a head turn, with frequencies that count all.
   *
   * @param turning how many pairs turn
   */
  public record Proportional(double factor, int turning) implements Scaling {}
}
