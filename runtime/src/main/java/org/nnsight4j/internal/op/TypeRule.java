package org.nnsight4j.internal.op;

import java.util.Arrays;
import java.util.function.Function;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;

/**
 * How a result's data type follows from the arguments, as a function and in words for the docs.
 *
 * @param floating whether the result can have a gradient
 */
record TypeRule(String text, boolean floating, Function<OpInputs, DType> function) {
  static final TypeRule SAME = of("of x", in -> in.dtype(0));

  static final TypeRule TRUTH = whole("BOOL", in -> DType.BOOL);

  static final TypeRule INDEX = whole("INT64", in -> DType.INT64);

  /** The index of a number. */
  static final TypeRule INDEX_OF_NUMBER =
      whole(
          "INT64; x is numbers",
          in -> {
            DTypes.number("this operation", in.dtype(0));
            return DType.INT64;
          });

  static final TypeRule NUMBER =
      of("of x, numbers", in -> DTypes.number("this operation", in.dtype(0)));

  static final TypeRule FLOATING =
      of("of x, floating", in -> DTypes.floating("this operation", in.dtype(0)));

  /** The types that LAPACK and some of PyTorch's kernels have. */
  static final TypeRule WIDE =
      of("of x, FLOAT32 or FLOAT64", in -> DTypes.wide("this operation", in.dtype(0)));

  static final TypeRule REAL =
      of("of x; FLOAT32 of integers and truth values", in -> DTypes.real(in.dtype(0)));

  static final TypeRule SUMMED =
      of("of x; INT64 of integers and truth values", in -> DTypes.summed(in.dtype(0)));

  /** One of the two may be truth values, which count as numbers. */
  static final TypeRule PROMOTED_NUMBER =
      of(
          "x and y promoted, not both BOOL",
          in -> DTypes.number("this operation", DTypes.promote(in.meta(0), in.meta(1))));

  static final TypeRule BOTH_NUMBERS_PROMOTED =
      of(
          "x and y promoted, numbers",
          in -> {
            DTypes.number("this operation", in.dtype(0));
            DTypes.number("this operation", in.dtype(1));
            return DTypes.promote(in.meta(0), in.meta(1));
          });

  static final TypeRule PROMOTED_REAL =
      of(
          "x and y promoted; FLOAT32 of integers and truth values",
          in -> DTypes.real(DTypes.promote(in.meta(0), in.meta(1))));

  /** Both tensors have the same floating-point type. */
  static final TypeRule BOTH_FLOATING =
      of(
          "of x and y, equal and floating",
          in -> DTypes.floating("this operation", DTypes.equal(in.dtype(0), in.dtype(1))));

  /** Both tensors have the same wide type. */
  static final TypeRule BOTH_WIDE =
      of(
          "of x and y, equal, FLOAT32 or FLOAT64",
          in -> DTypes.wide("this operation", DTypes.equal(in.dtype(0), in.dtype(1))));

  /** Integers and truth values, whose bits can be combined. */
  static final TypeRule BITS = whole("of x, integers or BOOL", in -> DTypes.bits(in.dtype(0)));

  static TypeRule of(String text, Function<OpInputs, DType> function) {
    return new TypeRule(text, true, function);
  }

  /** A rule whose results are never floating-point. */
  static TypeRule whole(String text, Function<OpInputs, DType> function) {
    return new TypeRule(text, false, function);
  }

  /** The floating-point data type named by the text at an index. */
  static TypeRule named(int place) {
    return of(
        "as named, FLOAT32 or FLOAT64", in -> DTypes.wide("this operation", dtype(in, place)));
  }

  static DType dtype(OpInputs in, int place) {
    try {
      return DType.valueOf(in.text(place));
    } catch (IllegalArgumentException e) {
      throw new ShapeException(
          "'%s' is no data type; there are %s"
              .formatted(in.text(place), Arrays.toString(DType.values())));
    }
  }
}
