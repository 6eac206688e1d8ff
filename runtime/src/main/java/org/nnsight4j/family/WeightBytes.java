package org.nnsight4j.family;

/**
 * What weights need that are converted at each use.
 *
 * @param largest the most bytes that a kernel needs for what it converts
 * @param all the bytes of all of them: what a run with gradients keeps for the way back
 */
public record WeightBytes(long largest, long all) {
  /** Of weights that are not converted at use. */
  public static final WeightBytes NONE = new WeightBytes(0, 0);
}
