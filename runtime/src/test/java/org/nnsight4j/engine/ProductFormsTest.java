package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/** Products in each form, and how a form is chosen. */
final class ProductFormsTest {
  private static final int OUT = 24;
  private static final int IN = 8;

  @TempDir private Path folder;

  @BeforeEach
  void useOwnFolder() {
    System.setProperty(FormsFile.FOLDER, folder.toString());
    ProductForms.forget();
  }

  @AfterEach
  void forget() {
    System.clearProperty(FormsFile.FOLDER);
    System.clearProperty(ProductForms.PROPERTY);
    ProductForms.forget();
  }

  private static float number(int i) {
    return (float) Math.sin(3 * i + 1);
  }

  private static Tensor numbers(long... shape) {
    int count = 1;
    for (long length : shape) {
      count *= (int) length;
    }
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = number(i);
    }
    return Tensor.of(numbers, shape);
  }

  /** {@code x W^T + b}, in FP64. */
  private static double expected(int row, int out, boolean transposed, boolean biased) {
    double sum = biased ? number(out) : 0;
    for (int i = 0; i < IN; i++) {
      sum += (double) number(row * IN + i) * number(transposed ? i * OUT + out : out * IN + i);
    }
    return sum;
  }

  private static float[] product(ProductForm form, int rows, boolean transposed, boolean biased) {
    try (Arena arena = Arena.open()) {
      TorchOps ops = TorchOps.get();
      // Two leading axes, as in a network.
      NDArray x = Transfer.toEngine(arena, numbers(1, rows, IN));
      NDArray weight =
          transposed
              ? ops.call(arena, "matrix_transposed", Transfer.toEngine(arena, numbers(IN, OUT)))
              : Transfer.toEngine(arena, numbers(OUT, IN));
      long code = form.ordinal();
      NDArray y =
          biased
              ? ops.call(arena, "product", x, weight, Transfer.toEngine(arena, numbers(OUT)), code)
              : ops.call(arena, "product_no_bias", x, weight, code);
      assertThat(y.getShape().getShape()).isEqualTo(new long[] {1, rows, OUT});
      return Transfer.toHost(arena, y).toFloatArray();
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFormGivesTheProduct(ProductForm form) {
    int seen = 0;
    for (int rows : new int[] {1, 2, 3, 17}) {
      for (boolean transposed : new boolean[] {false, true}) {
        for (boolean biased : new boolean[] {false, true}) {
          Linear.Layout layout = transposed ? Linear.Layout.IN_OUT : Linear.Layout.OUT_IN;
          if (!form.fits(layout, OUT, IN, rows)) {
            continue;
          }
          seen++;
          float[] found = product(form, rows, transposed, biased);
          for (int i = 0; i < found.length; i++) {
            assertWithMessage("%s rows, %s, %s", rows, transposed, biased)
                .that((double) found[i])
                .isWithin(1e-5)
                .of(expected(i / OUT, i % OUT, transposed, biased));
          }
        }
      }
    }
    assertThat(seen).isAtLeast(2);
  }

  @ParameterizedTest
  @EnumSource
  void partsOfASharedPassHaveTheBitsOfThePartAlone(ProductForm form) {
    try (Arena arena = Arena.open()) {
      TorchOps ops = TorchOps.get();
      NDArray x = Transfer.toEngine(arena, numbers(2, 1, IN));
      NDArray weight = Transfer.toEngine(arena, numbers(OUT, IN));
      NDArray bias = Transfer.toEngine(arena, numbers(OUT));
      long code = form.ordinal();
      NDArray both = ops.call(arena, "product_parts", x, weight, bias, code, 2L);
      for (long row = 0; row < 2; row++) {
        NDArray alone = ops.call(arena, "rows", x, 0L, row, 1L);
        NDArray wanted = ops.call(arena, "product", alone, weight, bias, code);
        NDArray found = ops.call(arena, "rows", both, 0L, row, 1L);
        assertThat(Transfer.toHost(arena, found)).isEqualTo(Transfer.toHost(arena, wanted));
      }
    }
  }

  @Test
  void gradientsFlowThroughARowThatNeedsThemInEveryForm() {
    try (ThreadMode mode = ThreadMode.enter(true);
        Arena arena = Arena.open()) {
      TorchOps ops = TorchOps.get();
      NDArray x = ops.call(arena, "leaf", Transfer.toEngine(arena, numbers(1, 1, IN)));
      NDArray weight = Transfer.toEngine(arena, numbers(OUT, IN));
      for (ProductForm form : ProductForm.values()) {
        NDArray y = ops.call(arena, "product_no_bias", x, weight, (long) form.ordinal());
        assertThat(ops.number("has_gradient", y)).isEqualTo(1);
      }
    }
  }

  private static ProductForm choose(NDArray weight, long rows) {
    long[] shape = weight.getShape().getShape();
    return ProductForms.of(Linear.Layout.OUT_IN, weight, shape[0], shape[1], rows);
  }

  @Test
  void aShapeIsMeasuredOnceForAllProcessesOfTheMachine() throws IOException {
    Path file = folder.resolve("linear-forms.txt");
    try (Arena arena = Arena.open()) {
      NDArray weight = Transfer.toEngine(arena, numbers(1024, 256));
      ProductForm first = choose(weight, 3);
      String written = Files.readString(file);
      assertThat(written).endsWith(" OUT_IN 1024x256 rows=4 " + first.text() + "\n");
      // Of the same bucket.
      assertThat(choose(weight, 4)).isEqualTo(first);
      assertThat(Files.readString(file)).isEqualTo(written);
      // Another process has measured another answer: it holds here, too, but not while this
      // process runs.
      String other = written.replace(first.text() + "\n", "columns\n");
      Files.writeString(file, other);
      assertThat(choose(weight, 3)).isEqualTo(first);
      ProductForms.forget();
      assertThat(choose(weight, 3)).isEqualTo(ProductForm.COLUMNS);
      assertThat(Files.readString(file)).isEqualTo(other);
    }
  }

  @Test
  void aLineThatIsNoAnswerIsMeasuredAgain() throws IOException {
    Path file = folder.resolve("linear-forms.txt");
    try (Arena arena = Arena.open()) {
      NDArray weight = Transfer.toEngine(arena, numbers(1024, 256));
      ProductForm first = choose(weight, 1);
      String damaged = Files.readString(file).replace(first.text(), "sideways").strip();
      Files.writeString(file, damaged);
      ProductForms.forget();
      ProductForm again = choose(weight, 1);
      assertThat(Files.readString(file))
          .isEqualTo(damaged + "\n" + damaged.replace("sideways", again.text()) + "\n");
    }
  }

  @Test
  void withoutAFolderTheAnswerHoldsForTheProcess() throws IOException {
    Path noFolder = Files.writeString(folder.resolve("a-file"), "");
    System.setProperty(FormsFile.FOLDER, noFolder.toString());
    try (Arena arena = Arena.open()) {
      NDArray weight = Transfer.toEngine(arena, numbers(1024, 256));
      ProductForm form = choose(weight, 1);
      assertThat(choose(weight, 1)).isEqualTo(form);
    }
  }

  @Test
  void smallMatricesAreNotMeasured() {
    try (Arena arena = Arena.open()) {
      NDArray weight = Transfer.toEngine(arena, numbers(512, 256));
      assertThat(choose(weight, 1)).isEqualTo(ProductForm.LINEAR);
      assertThat(Files.exists(folder.resolve("linear-forms.txt"))).isFalse();
    }
  }

  @Test
  void thePropertyForcesEachFormWhereItIsPossible() {
    try (Arena arena = Arena.open()) {
      NDArray weight = Transfer.toEngine(arena, numbers(24, 8));
      List<ProductForm> found = new ArrayList<>();
      for (String word : ProductForms.words()) {
        System.setProperty(ProductForms.PROPERTY, word);
        found.add(ProductForms.of(Linear.Layout.IN_OUT, weight, 24, 8, 1));
      }
      assertThat(found).containsExactlyElementsIn(ProductForm.values()).inOrder();
      System.setProperty(ProductForms.PROPERTY, "chunks");
      NDArray odd = Transfer.toEngine(arena, numbers(23, 7));
      assertThat(choose(odd, 1)).isEqualTo(ProductForm.LINEAR);
      System.setProperty(ProductForms.PROPERTY, "inputs");
      assertThat(choose(odd, 1)).isEqualTo(ProductForm.LINEAR);
      System.setProperty(ProductForms.PROPERTY, "two-columns");
      assertThat(choose(weight, 2)).isEqualTo(ProductForm.LINEAR);
      System.setProperty(ProductForms.PROPERTY, "bags");
      assertThat(ProductForms.of(Linear.Layout.IN_OUT, weight, 24, 8, 2))
          .isEqualTo(ProductForm.LINEAR);
      // Its parts do not lie side by side.
      assertThat(choose(weight, 1)).isEqualTo(ProductForm.LINEAR);
    }
  }

  @Test
  void anUnknownFormIsRefusedByName() {
    System.setProperty(ProductForms.PROPERTY, "fast");
    try (Arena arena = Arena.open()) {
      NDArray weight = Transfer.toEngine(arena, numbers(24, 7));
      RunException refused = assertThrows(RunException.class, () -> choose(weight, 1));
      assertThat(refused)
          .hasMessageThat()
          .contains(
              "the property nnsight4j.linear: expected linear, columns, two-columns, chunks, onednn, inputs, bags, found 'fast', or measured");
    }
  }
}
