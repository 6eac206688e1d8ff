package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;
import org.nnsight4j.tensor.Tensor;

/** Products with packed matrices, computed again in FP64 from the numbers that were kept. */
final class PackedKernelsTest {
  private static final int OUT = 40;
  private static final int IN = 24;

  /** Numbers of very different sizes, as hidden states have them. */
  private static float[] numbers(int count, double size) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      double spread = i % 11 == 0 ? 300 : 1;
      numbers[i] = (float) (size * spread * Math.sin(3.7 * i + 1));
    }
    return numbers;
  }

  /** To the nearest number of BF16, of two the even one. */
  private static float rounded(float number) {
    int bits = Float.floatToRawIntBits(number);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  private static double largest(float[] numbers, int begin, int end) {
    double largest = 0;
    for (int i = begin; i < end; i++) {
      largest = Math.max(largest, Math.abs(numbers[i]));
    }
    return largest;
  }

  private static void checkProduct(float[] found, float[] rows, float[] matrix, int count) {
    for (int row = 0; row < count; row++) {
      for (int out = 0; out < OUT; out++) {
        double sum = 0;
        double size = 0;
        for (int i = 0; i < IN; i++) {
          double term = (double) rows[row * IN + i] * matrix[out * IN + i];
          sum += term;
          size += largest(rows, row * IN, row * IN + IN) * Math.abs(matrix[out * IN + i]);
        }
        assertWithMessage("row %s, output %s", row, out)
            .that((double) found[row * OUT + out])
            .isWithin(1e-6 * size)
            .of(sum);
      }
    }
  }

  private static void checkHalf(boolean brief, double size) {
    float[] numbers = numbers(OUT * IN, size);
    try (Arena arena = Arena.open()) {
      TorchOps ops = TorchOps.get();
      NDArray matrix = Transfer.toEngine(arena, Tensor.of(numbers, OUT, IN));
      double exponent = ops.number("half_exponent", matrix);
      try (Held packed = ops.hold("half_packed", matrix, exponent, brief)) {
        float[] kept =
            Transfer.toHost(arena, ops.call(arena, "half_unpacked", packed, exponent))
                .toFloatArray();
        for (int i = 0; i < numbers.length; i++) {
          if (brief) {
            assertThat(kept[i]).isEqualTo(rounded(numbers[i]));
          } else {
            assertThat((double) kept[i])
                .isWithin(Math.abs(numbers[i]) / 2048)
                .of((double) numbers[i]);
          }
        }
        for (int count : new int[] {1, 3, 17}) {
          float[] rows = numbers(count * IN, 1);
          NDArray x = Transfer.toEngine(arena, Tensor.of(rows, 1, count, IN));
          NDArray y = ops.call(arena, "half_product", x, packed, exponent);
          assertThat(y.getShape().getShape()).isEqualTo(new long[] {1, count, OUT});
          checkProduct(Transfer.toHost(arena, y).toFloatArray(), rows, kept, count);
        }
      }
    }
  }

  @Test
  void matricesOfFp16AreWithin11BitsAndTheirProductsAreThoseOfWhatWasKept() {
    checkHalf(false, 1);
    // Beyond what FP16 has exponents for.
    checkHalf(false, 1e-9);
    checkHalf(false, 1e9);
  }

  @Test
  void matricesOfBf16HaveItsBits() {
    checkHalf(true, 1);
    checkHalf(true, 1e-9);
  }
}
