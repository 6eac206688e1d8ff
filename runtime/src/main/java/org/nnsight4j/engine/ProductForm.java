package org.nnsight4j.engine;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A way to write the product of rows and a matrix {@code [out, in]}. All give the same numbers, up
 * to the order in which they add; which is fastest depends on the shape, the processor and the
 * library.
 */
enum ProductForm {
  /** {@code torch.linear}, which everything else is compared with; the only differentiable one. */
  LINEAR,
  /** {@code (W x^T)^T}. */
  COLUMNS,
  /** The same for one row, which is multiplied twice: MKL has no fast kernel for one column. */
  TWO_COLUMNS,
  /** A batch of products with eight parts of the matrix. */
  CHUNKS,
  /** oneDNN's product instead of MKL's. */
  ONEDNN,
  /** The sum of the products with four parts of the input. */
  INPUTS,
  /**
   * The same for one row and eight parts, as bags of embeddings: a weighted sum of the rows of a
   * matrix that is stored {@code [in, out]}.
   */
  BAGS;

  /** Of the matrix, for {@link #CHUNKS}. */
  static final int PARTS = 8;

  /** Of the input, for {@link #INPUTS}. */
  static final int INPUT_PARTS = 4;

  /** Of the input, for {@link #BAGS}. */
  static final int BAG_COUNT = 8;

  /** Whether a matrix {@code [out, in]} can be multiplied with {@code rows} rows. */
  boolean fits(Linear.Layout layout, long out, long in, long rows) {
    return switch (this) {
      case LINEAR, COLUMNS, ONEDNN -> true;
      case TWO_COLUMNS -> rows == 1;
      case CHUNKS -> out % PARTS == 0;
      case INPUTS -> in % INPUT_PARTS == 0;
      case BAGS -> rows == 1 && layout == Linear.Layout.IN_OUT && in % BAG_COUNT == 0;
    };
  }

  /** Its name in files and in the property {@link ProductForms#PROPERTY}. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The form with a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static ProductForm of(String text) {
    return Arrays.stream(values())
        .filter(form -> form.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected %s, found '%s'"
                        .formatted(
                            Arrays.stream(values())
                                .map(ProductForm::text)
                                .collect(Collectors.joining(", ")),
                            text)));
  }
}
