package org.nnsight4j.shape;

import org.nnsight4j.tensor.DType;

/** What is known of a value before the run. */
public record Meta(Dims dims, DType dtype) {
  @Override
  public String toString() {
    return dims + " " + dtype;
  }
}
