package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.tensor.Tensor;

/** Heads are rotated by their positions; compared with Java's sines and cosines. */
final class RotaryKernelsTest {
  private static final int HEADS = 2;
  private static final int LENGTH = 3;
  private static final int WIDTH = 6;
  private static final double THETA = 50;
  private static final long[] POSITIONS = {0, 4, 7};

  @ParameterizedTest
  @CsvSource({"6, false", "6, true", "4, false", "4, true", "2, false"})
  void headsAreRotated(int turning, boolean neighbours) {
    Random random = new Random(3);
    double[] heads = random.doubles(HEADS * LENGTH * WIDTH, -1, 1).toArray();
    try (Arena arena = Arena.open()) {
      TorchOps ops = TorchOps.get();
      NDArray frequencies = ops.call(arena, "rope_plain", THETA, (long) turning);
      NDArray[] tables =
          ops.callMany(
              arena,
              "rope_tables",
              arena.longs(POSITIONS, 1, LENGTH),
              frequencies,
              1.0,
              neighbours);
      NDArray given = Transfer.toEngine(arena, Tensor.of(heads, 1, HEADS, LENGTH, WIDTH));
      NDArray turned = ops.call(arena, "rotated", given, tables[0], tables[1], neighbours);
      Tensor found = Transfer.toHost(arena, turned);
      assertThat(found.shape()).isEqualTo(new long[] {1, HEADS, LENGTH, WIDTH});
      for (int row = 0; row < HEADS * LENGTH; row++) {
        double[] wanted = turned(heads, row, turning, neighbours);
        for (int i = 0; i < WIDTH; i++) {
          assertThat(found.at(row * WIDTH + i)).isWithin(1e-6).of(wanted[i]);
        }
      }
    }
  }

  private static double[] turned(double[] heads, int row, int turning, boolean neighbours) {
    double[] wanted = new double[WIDTH];
    System.arraycopy(heads, row * WIDTH, wanted, 0, WIDTH);
    for (int pair = 0; pair < turning / 2; pair++) {
      double angle = POSITIONS[row % LENGTH] / Math.pow(THETA, 2.0 * pair / turning);
      int first = neighbours ? 2 * pair : pair;
      int second = neighbours ? 2 * pair + 1 : pair + turning / 2;
      double x = wanted[first];
      double y = wanted[second];
      wanted[first] = x * Math.cos(angle) - y * Math.sin(angle);
      wanted[second] = y * Math.cos(angle) + x * Math.sin(angle);
    }
    return wanted;
  }
}
