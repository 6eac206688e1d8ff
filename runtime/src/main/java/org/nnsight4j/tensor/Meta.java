package org.nnsight4j.tensor;

/** What is known about a value before the run. */
public record Meta(Dims dims, DType dtype) {
  @Override
  public String toString() {
    return dims + " " + dtype;
  }
}
