package org.nnsight4j.internal.op;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;

/** What a tensor on the host can do by itself; the texts are those of PyTorch 2.7. */
final class TensorTest {
  private static Tensor quarters(long... shape) {
    int count = (int) LongStream.of(shape).reduce(1, (x, y) -> x * y);
    double[] all = IntStream.range(0, count).mapToDouble(i -> i * 0.25).toArray();
    return Tensor.of(all, shape);
  }

  @Test
  void numbersAreShownAsInPyTorch() {
    assertThat(Tensor.of(new float[] {0.1f, 0.25f, -3.5f}, 3).toString())
        .isEqualTo("Tensor[3] FLOAT32 [ 0.1000,  0.2500, -3.5000]");
    assertThat(Tensor.scalar(3.5f).toString()).isEqualTo("Tensor[] FLOAT32 3.5000");
    assertThat(Tensor.of(new float[] {1, 2, 3, 400}, 2, 2).toString())
        .isEqualTo("Tensor[2, 2] FLOAT32\n[[  1.,   2.],\n [  3., 400.]]");
    assertThat(Tensor.of(new float[] {1e-5f, 1, 3, -400}, 2, 2).toString())
        .isEqualTo(
            "Tensor[2, 2] FLOAT32\n[[ 1.0000e-05,  1.0000e+00],\n [ 3.0000e+00, -4.0000e+02]]");
    assertThat(Tensor.of(new boolean[] {true, false}, 2).toString())
        .isEqualTo("Tensor[2] BOOL [ true, false]");
    assertThat(Tensor.of(new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1}, 3).toString())
        .isEqualTo("Tensor[3] FLOAT32 [nan, inf,  1.]");
    assertThat(Tensor.of(new long[] {Long.MAX_VALUE, -1}, 2).toString())
        .isEqualTo("Tensor[2] INT64 [9223372036854775807,                  -1]");
    assertThat(Tensor.of(new float[0], 0, 3).toString()).isEqualTo("Tensor[0, 3] FLOAT32 []");
    assertThat(quarters(2, 2, 3).toString())
        .isEqualTo(
            """
            Tensor[2, 2, 3] FLOAT64
            [[[0.0000, 0.2500, 0.5000],
              [0.7500, 1.0000, 1.2500]],

             [[1.5000, 1.7500, 2.0000],
              [2.2500, 2.5000, 2.7500]]]""");
  }

  @Test
  void theMiddleOfManyNumbersIsLeftOut() {
    long[] many = LongStream.range(0, 2000).toArray();
    String text = Tensor.of(many, 10, 10, 20).toString();
    assertThat(text)
        .startsWith(
            """
            Tensor[10, 10, 20] INT64
            [[[   0,    1,    2,  ...,   17,   18,   19],
              [  20,   21,   22,  ...,   37,   38,   39],
              [  40,   41,   42,  ...,   57,   58,   59],
              ...,
              [ 140,  141,  142,  ...,  157,  158,  159],
            """);
    assertThat(text)
        .contains("  [ 580,  581,  582,  ...,  597,  598,  599]],\n\n ...,\n\n [[1400,");
    assertThat(text).endsWith("[1980, 1981, 1982,  ..., 1997, 1998, 1999]]]");
  }

  @Test
  void parts() {
    Tensor x = quarters(2, 3, 4);
    assertThat(x.get("1, :, -1").toDoubleArray()).isEqualTo(new double[] {3.75, 4.75, 5.75});
    assertThat(x.get("..., 1:4:2").shape()).isEqualTo(new long[] {2, 3, 2});
    assertThat(x.get("..., 1:4:2").get(1, 2, 1)).isEqualTo(x.get(1, 2, 3));
    assertThat(x.get("0, None, 1").shape()).isEqualTo(new long[] {1, 4});
    assertThat(x.get(Slice.at(-1), Slice.range(1, 3))).isEqualTo(x.get("-1, 1:3"));
    assertThat(x.rows().get(1)).isEqualTo(x.get("1"));
    assertThat(x.get("0").toDoubleMatrix()[2]).isEqualTo(new double[] {2, 2.25, 2.5, 2.75});
    assertThat(x.get("0").toFloatMatrix()[0]).isEqualTo(new float[] {0, 0.25f, 0.5f, 0.75f});
    assertThat(Tensor.of(new long[] {1, 2}, 2, 1).toLongMatrix()[1]).isEqualTo(new long[] {2});
    assertThat(x.reshape(6, -1).get(5, 3)).isEqualTo(x.get(1, 2, 3));
    refused(() -> x.get("2"), "index 2 is outside axis 0 of [2, 3, 4]: allowed are -2 to 1");
    refused(() -> x.get(":, 1:9"), "the range 1:9 is outside axis 1 of [2, 3, 4]");
    refused(() -> x.get("0, 0, 0, 0"), "the index names 4 axes");
    refused(() -> x.get("..., ..."), "one '...' only");
    refused(() -> x.get("a"), "'a' is no index");
    refused(() -> x.reshape(5, -1), "cannot be reshaped to [5, -1]");
    assertThat(assertThrows(IllegalStateException.class, x::toDoubleMatrix))
        .hasMessageThat()
        .contains("needs two axes, this is Tensor[2, 3, 4] FLOAT64; take a part");
  }

  private static void refused(Runnable bad, String words) {
    assertThat(assertThrows(ShapeException.class, bad::run)).hasMessageThat().contains(words);
  }

  @Test
  void comparing() {
    Tensor x = Tensor.of(new float[] {1, 2, Float.NaN, Float.POSITIVE_INFINITY}, 4);
    Tensor y = Tensor.of(new double[] {1, 2.001, Double.NaN, Double.POSITIVE_INFINITY}, 4);
    assertThat(x.largestDifference(y)).isWithin(1e-9).of(0.001);
    assertThat(x.isClose(y, 1e-3, 0)).isTrue();
    assertThat(x.isClose(y, 1e-4, 0)).isFalse();
    assertThat(Tensor.scalar(Float.NaN).isClose(Tensor.scalar(1), 1, 1)).isFalse();
    assertThat(assertThrows(IllegalArgumentException.class, () -> x.largestDifference(x.get(":2"))))
        .hasMessageThat()
        .contains("tensors of one shape");
  }
}
