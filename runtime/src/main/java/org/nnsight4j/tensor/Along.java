package org.nnsight4j.tensor;

/**
 * An axis before the last one, by its meaning: {@code hidden.mean(Along.POSITION)}. What is reduced
 * along such an axis keeps its width, so its type stays; the last axis is {@link Width#WIDTH}.
 */
public final class Along {
  /** The rows of a batch. */
  public static final Along BATCH = new Along(Dim.BATCH, false);

  /** The positions of tokens. */
  public static final Along POSITION = new Along(Dim.POSITION, false);

  /** The heads of attention. */
  public static final Along HEAD = new Along("head", false);

  private final String name;
  private final boolean keeps;

  private Along(String name, boolean keeps) {
    this.name = name;
    this.keeps = keeps;
  }

  /** The same axis, which stays with length 1. */
  public Along kept() {
    return new Along(name, true);
  }

  /** The name of the axis in {@link Dims}. */
  public String name() {
    return name;
  }

  /** Whether the axis stays, with length 1. */
  public boolean keeps() {
    return keeps;
  }

  @Override
  public String toString() {
    return name + (keeps ? ", kept" : "");
  }
}
