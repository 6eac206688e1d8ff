package org.nnsight4j.harvest;

import java.time.Duration;

/**
 * How far a harvest is.
 *
 * @param splits how many splits have a shard
 * @param allSplits how many there will be
 * @param kept how many of them were there before this run
 * @param rows how many rows of the dataset this run has computed
 * @param missing how many it has still to compute
 * @param tokens how many tokens this run has computed and kept
 * @param elapsed since this run began
 */
public record HarvestProgress(
    int splits, int allSplits, int kept, long rows, long missing, long tokens, Duration elapsed) {
  /** Rows a second, of this run. */
  public double rowsPerSecond() {
    return per(rows);
  }

  /** Tokens a second, of this run. */
  public double tokensPerSecond() {
    return per(tokens);
  }

  private double per(long count) {
    return elapsed.isZero() ? 0 : count * 1e9 / elapsed.toNanos();
  }

  /** How long the rest takes at this rate; zero if nothing was computed yet. */
  public Duration remaining() {
    double rate = rowsPerSecond();
    return rate == 0 ? Duration.ZERO : Duration.ofMillis(Math.round(missing / rate * 1000));
  }

  @Override
  public String toString() {
    return "%s of %s splits, %s rows/s, %s tokens/s, %s s left"
        .formatted(
            splits,
            allSplits,
            Math.round(rowsPerSecond()),
            Math.round(tokensPerSecond()),
            remaining().toSeconds());
  }
}
