package org.nnsight4j.family;

/**
 * The memory for weights that are converted at each use.
 *
 * @param largest the most bytes that one kernel needs for its conversion
 * @param all the bytes of all of them, which a run with gradients keeps for the backward pass
 */
public record WeightBytes(long largest, long all) {
  /** For weights that are not converted at use. */
  public static final WeightBytes NONE = new WeightBytes(0, 0);
}
