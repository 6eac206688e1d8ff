package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.tensor.Width.WIDTH;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Eager;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Saved numbers take every operation at once, without a run. */
final class EagerTest {
  private static final int CASES = 12;
  private static final Tensor X = Tensor.of(new float[] {3, 1, 2, -1, 5, 0.5f}, 2, 3);

  static Stream<Op> operations() {
    return OpTable.all().stream().filter(op -> !UserMethods.BY_HAND.contains(op.name()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void everyOperationAtOnce(Op op) {
    List<List<Object>> all =
        OperationTable.ENTRIES.get(op.name()).cases().stream()
            .filter(args -> UserMethods.says(op, args) && UserMethodTest.accepted(op, args))
            .toList();
    Value<Axis> any = Eager.of(X);
    int step = Math.max(1, all.size() / CASES);
    for (int i = 0; i < all.size(); i += step) {
      List<Object> values = all.get(i).stream().map(arg -> UserMethodTest.value(any, arg)).toList();
      Tensor found = UserMethods.call(op, any, values).tensor();
      Tensor expected = OperationTest.run(op.name(), all.get(i));
      assertWithMessage("%s: data type", op).that(found.dtype()).isEqualTo(expected.dtype());
      assertClose(op.name(), UserMethodTest.finite(found), UserMethodTest.finite(expected), 1e-6);
    }
    assertWithMessage("cases of %s", op).that(all).isNotEmpty();
  }

  @Test
  void aSavedValueIsSlicedSortedAndShown() {
    Saved<Vocab> logits = Probe.trace(model -> model.output().save());
    Value<Vocab> last = Eager.of(logits).get("0, -1");
    Tensor best = last.softmax(-1).topK(3, -1).indices().tensor();
    Tensor sorted = last.argSort(-1, true).get(Slice.to(3)).tensor();
    assertThat(best).isEqualTo(sorted);
    assertThat(last.max().tensor().item()).isEqualTo(last.tensor().get(best.toLongArray()[0]));
  }

  @Test
  void typesAndParts() {
    Value<Axis> x = Eager.of(X);
    assertThat(x.get("1, :2").tensor()).isEqualTo(Tensor.of(new float[] {-1, 5}, 2));
    assertThat(x.sub(x.mean(-1, true)).sum(WIDTH).abs().max().tensor().item()).isLessThan(1e-6);
    assertThat(x.gt(2).any().cond(() -> x.add(1), () -> x).tensor().at(0)).isEqualTo(4);
    assertThat(x.iterate(9, v -> v.mul(2), v -> v.max().gt(50)).tensor().get(1, 1)).isEqualTo(80);
    assertThat(x.save().value()).isSameInstanceAs(X);
    assertThat(Eager.create().arange(3).tensor().toLongArray()).isEqualTo(new long[] {0, 1, 2});
    assertThat(Value.stack(List.of(x, x)).tensor().shape()).isEqualTo(new long[] {2, 2, 3});
    assertThat(Value.concat(List.of(x, x), 0).tensor().shape()).isEqualTo(new long[] {4, 3});
  }

  /** In any order; next to a value of a run, numbers from outside are constants of that run. */
  @Test
  void besideValuesOfARun() {
    Value<Axis> outside = Eager.of(Tensor.of(new float[] {2}, 1));
    List<Saved<?>> found =
        Probe.trace(
            model -> {
              Value<Hidden> h = model.transformer().h(1).output(0);
              model.transformer().h(2).output(0).set(outside.as(Hidden.class));
              return List.of(
                  h.mul(2).save(),
                  outside.mul(h.as(Axis.class)).save(),
                  h.mul(outside.as(Hidden.class)).save(),
                  Value.stack(List.of(outside, h.get("0, 0, :1"))).save(),
                  model.lmHead().apply(Eager.<Hidden>of(zeros())).save(),
                  model.transformer().h(2).output(0).mean().save());
            });
    assertThat(found.get(1).value()).isEqualTo(found.get(0).value());
    assertThat(found.get(2).value()).isEqualTo(found.get(0).value());
    assertThat(found.get(3).value().at(0)).isEqualTo(2);
    assertThat(found.get(4).value().toDoubleArray()[0]).isEqualTo(0);
    assertThat(found.get(5).value().item()).isEqualTo(2);
  }

  private static Saved<Hidden> zeros() {
    return Eager.create().zeros(1, 128).as(Hidden.class).save();
  }

  @Test
  void errorsNameTheLine() {
    Value<Axis> x = Eager.of(X);
    refused(() -> x.add(Eager.of(Tensor.of(new float[] {1, 2}, 2))), "cannot be combined");
    refused(() -> x.get("0, 9"), "index 9 is outside axis 1 of [2, 3]");
    refused(() -> x.set(1), "replaces a site of a model during a run");
    refused(() -> x.gradient(x), "gradient() is taken in a run");
    refused(() -> x.at(-1), "each row's own token");
    refused(() -> x.meanOverTokens(), "each row's own tokens in a run");
    refused(() -> Value.stack(List.of()), "needs a list with one value at least");
    Probe.unrecordable(
        model -> model.output().tensor(), "has no numbers before the run", "saved.value()");
  }

  private static void refused(Runnable bad, String words) {
    RecordingException error = assertThrows(RecordingException.class, bad::run);
    assertThat(error).hasMessageThat().contains(words);
    assertThat(error).hasMessageThat().contains("(at EagerTest.java:");
  }
}
