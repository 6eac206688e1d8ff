package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Gradients in many directions are those of one number each, in a run of its own. */
final class DirectionsTest {
  private static final int WIDTH = 128;
  private static final int WAYS = 5;

  private static <T> T run(Function<Gpt2, T> body) {
    try (Generator<Gpt2> generator = GPT2.trace()) {
      T recorded = generator.invoke(IDS, invoker -> body.apply(invoker.model()));
      generator.run();
      return recorded;
    }
  }

  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  private static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    float[] numbers = new float[(int) java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return Tensor.of(numbers, shape);
  }

  private static Tensor row(Tensor all, int row) {
    int each = all.size() / (int) all.shape(0);
    long[] shape = java.util.Arrays.copyOfRange(all.shape(), 1, all.rank());
    return Tensor.of(
        java.util.Arrays.copyOfRange(all.toFloatArray(), row * each, (row + 1) * each), shape);
  }

  private static void assertSame(Tensor found, Tensor expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    float[] want = expected.toFloatArray();
    float[] have = found.toFloatArray();
    double size = 0;
    for (float each : want) {
      size = Math.max(size, Math.abs(each));
    }
    for (int i = 0; i < want.length; i++) {
      assertThat((double) have[i]).isWithin(1e-5 * size).of(want[i]);
    }
  }

  /** The gradient in one direction, as that of one number. */
  private static Tensor alone(int layer, int last, Tensor direction) {
    return run(model -> {
          Value<Hidden> target = hidden(model, layer);
          Value<Hidden> output = hidden(model, last);
          return target.gradient(output.mul(output.constant(direction)).sum()).save();
        })
        .value();
  }

  @Test
  void ofSeveralLayersTogether() {
    Tensor directions = random(1, WAYS, 1, IDS.length, WIDTH);
    List<Saved<Hidden>> found =
        run(
            model -> {
              List<Value<Hidden>> targets = List.of(hidden(model, 0), hidden(model, 1));
              Value<Hidden> output = hidden(model, 2);
              List<Saved<Hidden>> saved = new ArrayList<>();
              targets.forEach(each -> saved.add(each.gradients(output, directions).save()));
              return saved;
            });
    for (int layer = 0; layer < 2; layer++) {
      Tensor all = found.get(layer).value();
      assertThat(all.shape()).isEqualTo(new long[] {WAYS, 1, IDS.length, WIDTH});
      for (int way = 0; way < WAYS; way++) {
        assertSame(row(all, way), alone(layer, 2, row(directions, way)));
      }
    }
  }

  @Test
  void aDirectionWithFewerAxesIsThatOfEachPosition() {
    Tensor directions = random(2, WAYS, WIDTH);
    Tensor found =
        run(model -> hidden(model, 0).gradients(hidden(model, 2), directions).save()).value();
    for (int way = 0; way < WAYS; way++) {
      assertSame(row(found, way), alone(0, 2, row(directions, way)));
    }
  }

  @Test
  void anOutputOfOneTokenHasTheRowsOfTheJacobian() {
    Tensor identity = identity();
    Saved<Hidden> jacobian =
        run(
            model -> {
              Value<Hidden> target = hidden(model, 1);
              return target.gradients(target.at(-1).mul(2), identity).save();
            });
    float[] all = jacobian.value().toFloatArray();
    for (int out = 0; out < WIDTH; out++) {
      for (int place = 0; place < IDS.length * WIDTH; place++) {
        float expected = place == (IDS.length - 1) * WIDTH + out ? 2 : 0;
        assertThat(all[out * IDS.length * WIDTH + place]).isEqualTo(expected);
      }
    }
  }

  private static Tensor identity() {
    float[] ones = new float[WIDTH * WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      ones[i * WIDTH + i] = 1;
    }
    return Tensor.of(ones, WIDTH, 1, WIDTH);
  }

  /** Where a gradient is replaced the way back is cut, and each direction goes through the cut. */
  @Test
  void throughAReplacedGradientOfAnotherNumber() {
    Tensor directions = random(3, WAYS, 1, IDS.length, WIDTH);
    Saved<Hidden> found =
        run(
            model -> {
              Value<Hidden> target = hidden(model, 0);
              Value<Hidden> middle = hidden(model, 1);
              Value<Hidden> output = hidden(model, 2);
              Value<?> other = output.sum();
              middle.setGradient(other, middle.mul(0));
              Saved<Hidden> replaced = target.gradient(other).save();
              assertThat(replaced).isNotNull();
              return target.gradients(output, directions).save();
            });
    for (int way = 0; way < WAYS; way++) {
      assertSame(row(found.value(), way), alone(0, 2, row(directions, way)));
    }
  }

  @Test
  void differentiatedAgain() {
    Tensor directions = random(4, 2, 1, IDS.length, WIDTH);
    Tensor together =
        run(model -> {
              Value<Hidden> target = hidden(model, 1);
              Value<Hidden> all = target.gradients(hidden(model, 2), directions);
              return target.gradient(all.pow(2).sum()).save();
            })
            .value();
    Tensor apart =
        run(model -> {
              Value<Hidden> target = hidden(model, 1);
              Value<Hidden> output = hidden(model, 2);
              Value<Axis> sum = null;
              for (int way = 0; way < 2; way++) {
                Value<Hidden> direction = output.constant(row(directions, way));
                Value<Axis> each = target.gradient(output.mul(direction).sum()).pow(2).sum();
                sum = sum == null ? each : sum.add(each);
              }
              return target.gradient(java.util.Objects.requireNonNull(sum)).save();
            })
            .value();
    assertSame(together, apart);
  }

  @Test
  void zeroWhereTheOutputDoesNotDepend() {
    Tensor directions = random(5, 2, 1, IDS.length, WIDTH);
    Tensor found =
        run(model -> {
              Value<Hidden> output = hidden(model, 0);
              Value<Hidden> alone = output.mul(2).detach();
              Value<Hidden> result = alone.gradients(hidden(model, 1), directions);
              return result.save();
            })
            .value();
    for (float each : found.toFloatArray()) {
      assertThat(each).isEqualTo(0f);
    }
  }

  private static String refused(Function<Gpt2, Object> body) {
    return String.valueOf(assertThrows(Nnsight4jException.class, () -> run(body)).getMessage());
  }

  @Test
  void directionsThatAreNone() {
    assertThat(
            refused(
                model ->
                    hidden(model, 0).gradients(hidden(model, 1), random(6, 3, WIDTH + 1)).save()))
        .contains("are not gradients of an output of the shape");
    assertThat(refused(model -> hidden(model, 0).gradients(hidden(model, 1), Tensor.scalar(1))))
        .contains("directions need an axis in front");
    assertThat(
            refused(
                model ->
                    hidden(model, 0)
                        .gradients(hidden(model, 1), Tensor.of(new double[WIDTH], 1, WIDTH))))
        .contains("cast with toType(DType.FLOAT32)");
    assertThat(
            refused(
                model ->
                    hidden(model, 0).get(":, -1").gradients(hidden(model, 1), random(7, 1, WIDTH))))
        .contains("take them with respect to the whole site");
    assertThat(refused(model -> hidden(model, 2).gradients(hidden(model, 1), random(8, 1, WIDTH))))
        .contains("comes later");
  }

  @Test
  void noDirections() {
    Tensor found =
        run(model ->
                hidden(model, 0)
                    .gradients(hidden(model, 1), Tensor.of(new float[0], 0, WIDTH))
                    .save())
            .value();
    assertThat(found.shape()).isEqualTo(new long[] {0, 1, IDS.length, WIDTH});
  }
}
