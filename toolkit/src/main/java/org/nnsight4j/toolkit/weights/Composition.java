package org.nnsight4j.toolkit.weights;

/** By what a head reads what an earlier head wrote. */
public enum Composition {
  /** Its queries: {@code |W_OV W_QK|}. */
  Q,
  /** Its keys: {@code |W_OV W_QK^T|}. */
  K,
  /** Its values: {@code |W_OV W_OV|}. */
  V
}
