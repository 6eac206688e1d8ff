package org.nnsight4j.values;

/**
 * How an opened model keeps the matrices of its linear layers. All but {@link #AS_STORED} change
 * the model's numbers; everything is still computed in FP32.
 */
public enum WeightFormat {
  /** In their files, in the files' own types: exact. */
  AS_STORED,
  /**
   * Rounded to BF16 (8 significant bits), in 2 bytes each; exact for a BF16 file, except for
   * numbers below a billionth of the largest of their matrix.
   */
  BFLOAT16,
  /** Rounded to 11 significant bits, in 2 bytes each, relative to the largest of their matrix. */
  FLOAT16,
  /** Whole numbers from -127 to 127 times a factor for each output, in 1 byte each. */
  INT8
}
