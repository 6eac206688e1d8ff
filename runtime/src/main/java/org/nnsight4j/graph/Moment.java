package org.nnsight4j.graph;

/**
 * The earliest point of a run at which a value exists.
 *
 * @param step the step of generation, from 0
 * @param site the place in the order of the forward pass, from 0
 */
public record Moment(int step, int site) implements Comparable<Moment> {
  /** Before the forward pass: constants. */
  public static final Moment START = new Moment(-1, -1);

  /** Before the forward pass of one step. */
  public static Moment startOf(int step) {
    return new Moment(step, -1);
  }

  @Override
  public int compareTo(Moment other) {
    return step != other.step
        ? Integer.compare(step, other.step)
        : Integer.compare(site, other.site);
  }

  public Moment later(Moment other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
