package org.nnsight4j.internal.graph;

import java.util.Arrays;

/**
 * The earliest point of a run at which a value exists. Moments are ordered: the step of generation,
 * the site in the forward pass, and the event at that site, in the order of recording; inside an
 * applied module, the same again.
 */
public final class Moment implements Comparable<Moment> {
  /** Before the run: constants. */
  public static final Moment START = new Moment();

  /** After the last step: the results of loops over steps. */
  public static final Moment END = new Moment(Integer.MAX_VALUE, 0, 0);

  private static final int TRIPLE = 3;
  private static final int CHAIN = 16;
  private static final int BEFORE = -1;
  private static final int AFTER = Integer.MAX_VALUE;

  /** Settled reads come after all events, which are numbered by their nodes. */
  private static final int SETTLED = 1 << 30;

  private final int[] key;

  private Moment(int... key) {
    this.key = key;
  }

  /** Before the forward pass of one step. */
  public static Moment startOf(int step) {
    return new Moment(step, BEFORE, BEFORE);
  }

  /** An event at a site of the model's own pass. */
  public static Moment at(int step, int site, int node) {
    return new Moment(step, site, node);
  }

  /** A look at a site after all other events there. */
  public static Moment settled(int step, int site, int node) {
    return new Moment(step, site, SETTLED + node);
  }

  /** When an applied module starts whose argument exists at this moment. */
  public Moment beginCall(int call) {
    return finished().then(call, BEFORE, 0);
  }

  /** An event at a site inside a module that was applied at this moment. */
  public Moment inCall(int call, int site, int node) {
    return then(call, site, node);
  }

  /** When a module that was applied at this moment has its result. */
  public Moment afterCall(int call) {
    return finished().then(call, AFTER, 0);
  }

  /**
   * In a chain of modules, each applied to the result of the one before, the node ids already give
   * the order, so the key need not grow with the chain.
   */
  private Moment finished() {
    int chain = 0;
    for (int triple = key.length - TRIPLE; triple > 0; triple -= TRIPLE) {
      if (key[triple] == AFTER || key[triple + 1] != AFTER) {
        break;
      }
      chain++;
    }
    return chain < CHAIN ? this : new Moment(Arrays.copyOf(key, key.length - TRIPLE));
  }

  /** How many nested applied modules this moment is in. */
  public int depth() {
    return key.length / TRIPLE;
  }

  /** For the beginning of an applied module: when its argument exists. */
  public Moment argument() {
    return new Moment(Arrays.copyOf(key, key.length - TRIPLE));
  }

  /** The same moment of another step. */
  public Moment atStep(int step) {
    int[] other = key.clone();
    other[0] = step;
    return new Moment(other);
  }

  /** After everything that exists at this moment. */
  public Moment last() {
    boolean last = key.length > TRIPLE && key[key.length - TRIPLE] == AFTER;
    return last ? this : then(AFTER, AFTER, AFTER);
  }

  private Moment then(int... triple) {
    int[] longer = Arrays.copyOf(key, key.length + TRIPLE);
    System.arraycopy(triple, 0, longer, key.length, TRIPLE);
    return new Moment(longer);
  }

  /** The step of generation; -1 before the run. */
  public int step() {
    return key.length == 0 ? BEFORE : key[0];
  }

  /** The site of the model's own pass, by its order; -1 before the pass. */
  public int site() {
    return key.length == 0 ? BEFORE : key[1];
  }

  /** The innermost module application whose pass this moment is in; -1 if it is in none. */
  public int call() {
    int triple = innermost();
    return triple == 0 ? BEFORE : key[triple];
  }

  /** The site of that pass, by its order. */
  public int siteOfCall() {
    return key[innermost() + 1];
  }

  private int innermost() {
    int triple = Math.max(0, key.length - TRIPLE);
    while (triple > 0 && (key[triple + 1] == AFTER || key[triple + 1] == BEFORE)) {
      triple -= TRIPLE;
    }
    return triple;
  }

  /** Compares two moments in one iteration of a loop over steps, without their steps. */
  public int compareWithinStep(Moment other) {
    return compareFrom(1, other);
  }

  @Override
  public int compareTo(Moment other) {
    return compareFrom(0, other);
  }

  private int compareFrom(int begin, Moment other) {
    int length = Math.min(key.length, other.key.length);
    for (int i = begin; i < length; i++) {
      if (key[i] != other.key[i]) {
        return Integer.compare(key[i], other.key[i]);
      }
    }
    return Integer.compare(key.length, other.key.length);
  }

  public Moment later(Moment other) {
    return compareTo(other) >= 0 ? this : other;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Moment moment && Arrays.equals(key, moment.key);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key);
  }

  @Override
  public String toString() {
    return Arrays.toString(key);
  }
}
