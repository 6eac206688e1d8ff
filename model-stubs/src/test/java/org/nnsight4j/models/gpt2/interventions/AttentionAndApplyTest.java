package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The same numbers on every way to them: fused or in steps, within the pass or called apart. */
final class AttentionAndApplyTest {
  private static final long[][] EQUAL = {{4, 5, 6}, {9, 8, 7}};
  private static final long[][] UNEQUAL = {{1, 2, 3, 4, 5}, {6, 7}, {8}};

  static Stream<Arguments> batches() {
    return Stream.of(new long[][] {IDS}, EQUAL, UNEQUAL).map(ids -> Arguments.of((Object) ids));
  }

  /** What is read, and the same by a call. */
  private record Two(Saved<?> read, Saved<?> called) {}

  @ParameterizedTest(name = "{index}")
  @MethodSource("batches")
  void fusedAndStepwiseAttentionAgree(long[][] ids) {
    Tensor fused = trace(ids, model -> model.transformer().h(2).attn().output(0).save()).value();
    Tensor stepwise =
        trace(
                ids,
                model -> {
                  model.transformer().h(2).attn().pattern().output().save();
                  return model.transformer().h(2).attn().output(0).save();
                })
            .value();
    assertOwnTokensClose(ids, stepwise, fused);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("batches")
  void rowsOfThePatternSumToOneAndSeeNoPadding(long[][] ids) {
    Tensor pattern =
        trace(ids, model -> model.transformer().h(0).attn().pattern().output().save()).value();
    int length = (int) pattern.shape(-1);
    for (int row = 0; row < ids.length; row++) {
      int padding = length - ids[row].length;
      for (int query = padding; query < length; query++) {
        double sum = 0;
        for (int key = 0; key < length; key++) {
          double weight = pattern.get(row, 1, query, key);
          sum += weight;
          if (key < padding || key > query) {
            assertThat(weight).isEqualTo(0.0);
          }
        }
        assertThat(sum).isWithin(1e-5).of(1);
      }
    }
  }

  static Stream<Arguments> calls() {
    return Stream.<Function<Gpt2, Value<?>[]>>of(
            model -> pair(at(model, 2).output(0), at(model, 2).apply(at(model, 1).output(0))),
            model -> pair(at(model, 2).output(0), at(model, 2).apply(at(model, 2).input())),
            model -> pair(at(model, 1).attn().output(0), at(model, 1).attn().apply(ln1(model))),
            model -> pair(at(model, 1).mlp().output(), at(model, 1).mlp().apply(ln2(model))),
            model ->
                pair(
                    at(model, 1).attn().cAttn().output(),
                    at(model, 1).attn().cAttn().apply(ln1(model))),
            model ->
                pair(
                    at(model, 1).mlp().act().output(),
                    at(model, 1).mlp().act().apply(at(model, 1).mlp().cFc().output())),
            model ->
                pair(
                    model.transformer().lnF().output(),
                    model.transformer().lnF().apply(at(model, 3).output(0))),
            model ->
                pair(model.lmHead().output(), model.lmHead().apply(model.transformer().output())),
            model ->
                pair(
                    model.transformer().wte().output(),
                    model.transformer().wte().apply(model.input())))
        .flatMap(call -> batches().map(ids -> Arguments.of(call, ids.get()[0])));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("calls")
  void moduleCalledApartEqualsTheModelsOwn(Function<Gpt2, Value<?>[]> call, long[][] ids) {
    Two found =
        trace(
            ids,
            model -> {
              Value<?>[] both = call.apply(model);
              return new Two(both[0].save(), both[1].save());
            });
    assertOwnTokensClose(ids, found.called().value(), found.read().value());
  }

  @Test
  void attentionOnSomeOfTheUnequalRowsIsRefused() {
    for (String part : new String[] {"1:2", ":, 0:3", "0:2, 1:"}) {
      refused(
          RunException.class,
          () ->
              trace(UNEQUAL, model -> at(model, 2).apply(at(model, 1).output(0).get(part)).save()),
          "transformer.h.2",
          "[3, 5, ...]",
          "AttentionAndApplyTest.java");
    }
    assertThat(
            trace(EQUAL, model -> at(model, 2).apply(at(model, 1).output(0).get("1:2")).save())
                .value()
                .shape())
        .isEqualTo(new long[] {1, 3, 128});
  }

  private static Gpt2.Block at(Gpt2 model, int layer) {
    return model.transformer().h(layer);
  }

  private static Value<Gpt2.Hidden> ln1(Gpt2 model) {
    return at(model, 1).ln1().output();
  }

  private static Value<Gpt2.Hidden> ln2(Gpt2 model) {
    return at(model, 1).ln2().output();
  }

  private static Value<?>[] pair(Value<?> read, Value<?> called) {
    return new Value<?>[] {read, called};
  }

  /** Padding may hold anything. */
  private static void assertOwnTokensClose(long[][] ids, Tensor found, Tensor expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    int positions = (int) expected.shape(1);
    int width = (int) expected.shape(2);
    for (int row = 0; row < ids.length; row++) {
      for (int position = positions - ids[row].length; position < positions; position++) {
        for (int i = 0; i < width; i++) {
          assertThat(found.get(row, position, i)).isWithin(1e-4).of(expected.get(row, position, i));
        }
      }
    }
  }
}
