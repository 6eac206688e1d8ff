package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.nnsight4j.tensor.Tensor;

/** Products with matrices of one byte for each number, computed again in FP64 from the numbers. */
final class ByteKernelsTest {
  /** Outputs in more than one block, the last of which is not full. */
  private static final int OUT = 200;

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

  private static double largest(float[] numbers, int begin) {
    double largest = 0;
    for (int i = begin; i < begin + IN; i++) {
      largest = Math.max(largest, Math.abs(numbers[i]));
    }
    return largest;
  }

  /** A matrix as its modules keep it. */
  private record Kept(Arena arena, NDArray table, NDArray counted, NDArray factors) {
    static Kept of(Arena arena, float[] numbers, int out) {
      TorchOps ops = TorchOps.get();
      NDArray matrix = Transfer.toEngine(arena, Tensor.of(numbers, out, IN));
      NDArray factors = ops.call(arena, "byte_factors", matrix);
      NDArray table = ops.call(arena, "byte_packed", matrix, factors);
      NDArray counted = ops.call(arena, "counted", table.getShape().get(0));
      return new Kept(arena, table, counted, factors);
    }

    float[] unpacked() {
      TorchOps ops = TorchOps.get();
      return Transfer.toHost(
              arena, ops.call(arena, "byte_unpacked", table, counted, factors, (long) IN))
          .toFloatArray();
    }

    NDArray times(float[] rows, long parts) {
      NDArray x = Transfer.toEngine(arena, Tensor.of(rows, 1, rows.length / IN, IN));
      return TorchOps.get().call(arena, "byte_product", x, table, counted, factors, parts);
    }

    float[] product(float[] rows, long parts) {
      return Transfer.toHost(arena, times(rows, parts)).toFloatArray();
    }
  }

  @Test
  void numbersAreWholeOnesTimesAFactorForEachOutput() {
    for (int out : new int[] {5, 96, OUT}) {
      float[] numbers = numbers(out * IN, 0.02);
      // An output without weights.
      Arrays.fill(numbers, 3 * IN, 4 * IN, 0);
      try (Arena arena = Arena.open()) {
        float[] kept = Kept.of(arena, numbers, out).unpacked();
        assertThat(kept).hasLength(out * IN);
        for (int row = 0; row < out; row++) {
          double factor = largest(numbers, row * IN) / 127;
          for (int i = row * IN; i < row * IN + IN; i++) {
            assertThat((double) kept[i]).isWithin(0.501 * factor).of((double) numbers[i]);
            double whole = factor == 0 ? 0 : kept[i] / factor;
            assertThat(whole).isWithin(1e-4).of(Math.rint(whole));
          }
        }
      }
    }
  }

  @Test
  void productsAreThoseOfTheKeptNumbers() {
    try (Arena arena = Arena.open()) {
      Kept kept = Kept.of(arena, numbers(OUT * IN, 0.02), OUT);
      float[] matrix = kept.unpacked();
      // Few rows take another way than many.
      for (int count : new int[] {1, 3, ByteKernels.FEW_ROWS + 1, 17}) {
        float[] rows = numbers(count * IN, 7);
        assertThat(kept.times(rows, 1).getShape().getShape()).isEqualTo(new long[] {1, count, OUT});
        float[] found = kept.product(rows, 1);
        for (int row = 0; row < count; row++) {
          for (int out = 0; out < OUT; out++) {
            double sum = 0;
            double size = 0;
            for (int i = 0; i < IN; i++) {
              double term = (double) rows[row * IN + i] * matrix[out * IN + i];
              sum += term;
              size += Math.abs(rows[row * IN + i]) * largest(matrix, out * IN);
            }
            assertWithMessage("row %s, output %s", row, out)
                .that((double) found[row * OUT + out])
                .isWithin(3e-7 * size)
                .of(sum);
          }
        }
      }
    }
  }

  @Test
  void rowsOfASharedPassHaveTheBitsOfEachRunAlone() {
    try (Arena arena = Arena.open()) {
      Kept kept = Kept.of(arena, numbers(OUT * IN, 0.02), OUT);
      for (int each : new int[] {1, ByteKernels.FEW_ROWS, ByteKernels.FEW_ROWS + 3}) {
        float[] rows = numbers(3 * each * IN, 7);
        float[] shared = kept.product(rows, 3);
        for (int part = 0; part < 3; part++) {
          float[] own = Arrays.copyOfRange(rows, part * each * IN, (part + 1) * each * IN);
          assertThat(Arrays.copyOfRange(shared, part * each * OUT, (part + 1) * each * OUT))
              .isEqualTo(kept.product(own, 1));
        }
      }
    }
  }

  @Test
  void aRowOfZerosGivesZeros() {
    try (Arena arena = Arena.open()) {
      Kept kept = Kept.of(arena, numbers(OUT * IN, 1), OUT);
      for (int count : new int[] {2, 9}) {
        assertThat(kept.product(new float[count * IN], 1)).isEqualTo(new float[count * OUT]);
      }
    }
  }
}
