package org.nnsight4j.internal.op;

import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Whether a value can take the place of another. */
public final class Assignability {
  private Assignability() {}

  /**
   * A value fits if it broadcasts to the shape of the place, and has the same data type.
   *
   * @throws ShapeException if it does not
   */
  public static void check(Meta place, Meta value) {
    Dims together = Rules.broadcast(place.dims(), value.dims());
    if (together.rank() != place.dims().rank() || place.dims().conflicts(together)) {
      throw new ShapeException(
          "a value of the shape %s cannot be written to the shape %s"
              .formatted(value.dims(), place.dims()));
    }
    if (value.dtype() != place.dtype()) {
      throw new ShapeException(
          "a value of %s cannot be written where %s stands; cast with toType(DType.%s)"
              .formatted(value.dtype(), place.dtype(), place.dtype()));
    }
  }
}
