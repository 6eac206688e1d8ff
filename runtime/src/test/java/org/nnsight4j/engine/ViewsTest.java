package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.nnsight4j.tensor.Tensor;

/** What reads and writes do without a kernel is what the kernels do. */
final class ViewsTest {
  private static double change(Tensor before, Tensor after) {
    try (Arena arena = Arena.open()) {
      NDArray one = Transfer.toEngine(arena, before);
      NDArray other = Transfer.toEngine(arena, after);
      double found = Views.change(arena, one, other);
      assertThat(found).isWithin(1e-12).of(TorchOps.get().number("change", one, other));
      return found;
    }
  }

  @Test
  void theChangeIsTheRootOfTheSumOfSquares() {
    assertThat(change(Tensor.of(new float[] {1, 2}, 2), Tensor.of(new float[] {4, 6}, 2)))
        .isEqualTo(5);
    assertThat(change(Tensor.of(new double[] {1, 2}, 2), Tensor.of(new double[] {4, 6}, 2)))
        .isEqualTo(5);
    assertThat(change(Tensor.of(new long[] {1, 2}, 2), Tensor.of(new long[] {4, 6}, 2)))
        .isEqualTo(5);
    assertThat(change(Tensor.scalar(3), Tensor.scalar(3))).isEqualTo(0);
  }

  @Test
  void equalInfinitiesDoNotDiffer() {
    float inf = Float.POSITIVE_INFINITY;
    assertThat(
            change(
                Tensor.of(new float[] {inf, -inf, 1}, 3), Tensor.of(new float[] {inf, -inf, 2}, 3)))
        .isEqualTo(1);
    try (Arena arena = Arena.open()) {
      NDArray one = Transfer.toEngine(arena, Tensor.of(new float[] {inf, Float.NaN}, 2));
      NDArray other = Transfer.toEngine(arena, Tensor.of(new float[] {-inf, 0}, 2));
      assertThat(Views.change(arena, one, other)).isNaN();
    }
  }

  @Test
  void manyElementsAndOthersOrder() {
    float[] many = new float[150 * 150];
    float[] more = new float[many.length];
    Arrays.fill(more, 2);
    assertThat(change(Tensor.of(many, 150, 150), Tensor.of(more, 150, 150))).isEqualTo(300);
    try (Arena arena = Arena.open()) {
      NDArray x = Transfer.toEngine(arena, Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
      NDArray turned = x.transpose();
      NDArray zeros = Transfer.toEngine(arena, Tensor.of(new float[6], 3, 2));
      assertThat(Views.change(arena, turned, zeros)).isWithin(1e-12).of(Math.sqrt(91));
      assertThat(Transfer.toHost(arena, Views.contiguous(arena, turned)))
          .isEqualTo(Tensor.of(new float[] {1, 4, 2, 5, 3, 6}, 3, 2));
    }
  }

  @Test
  void aWindowIsAViewThatOutlivesTheHandleOfItsArray() {
    try (Arena arena = Arena.open()) {
      NDArray x =
          Transfer.toEngine(arena, Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3));
      int before = arena.live();
      NDArray part =
          Views.window(arena, x, new long[] {0, 1}, new long[] {1, 0}, new long[] {2, 2});
      NDArray whole = Views.window(arena, x, new long[0], new long[0], new long[0]);
      assertThat(arena.live()).isEqualTo(before + 2);
      x.close();
      assertThat(Transfer.toHost(arena, part)).isEqualTo(Tensor.of(new float[] {4, 5, 7, 8}, 2, 2));
      assertThat(Transfer.toHost(arena, whole).size()).isEqualTo(9);
    }
  }
}
