package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import org.junit.jupiter.api.Test;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;

/** {@code test_lm.py}: TestSkip and TestOrder. */
final class SkipTest {
  private record Two(Saved<Hidden> one, Saved<Hidden> other) {}

  @Test
  void basicSkip() {
    Two found =
        trace(
            invoker -> {
              Gpt2 model = invoker.model();
              model.transformer().h(1).skip(hidden(model, 0));
              return new Two(hidden(model, 0).save(), hidden(model, 1).save());
            });
    assertThat(found.other().value()).isEqualTo(found.one().value());
  }

  @Test
  void skipWithInputModification() {
    Two found =
        trace(
            invoker -> {
              Gpt2 model = invoker.model();
              model.transformer().h(1).input().set(0);
              model.transformer().h(1).skip(hidden(model, 0));
              return new Two(hidden(model, 0).save(), hidden(model, 1).save());
            });
    assertThat(Suite.isZero(found.one().value())).isFalse();
    assertThat(found.other().value()).isEqualTo(found.one().value());
  }

  @Test
  void multipleSkip() {
    Two found =
        trace(
            invoker -> {
              Gpt2 model = invoker.model();
              for (int layer = 1; layer < 4; layer++) {
                model.transformer().h(layer).skip(hidden(model, layer - 1));
              }
              return new Two(hidden(model, 0).save(), hidden(model, 3).save());
            });
    assertThat(found.other().value()).isEqualTo(found.one().value());
  }

  @Test
  void skipInnerModuleError() {
    RecordingException after =
        assertThrows(
            RecordingException.class,
            () ->
                trace(
                    invoker -> {
                      Gpt2 model = invoker.model();
                      model.transformer().h(1).skip(hidden(model, 0));
                      return model.transformer().h(1).mlp().output().save();
                    }));
    assertThat(after).hasMessageThat().contains("it is skipped at SkipTest.java:");
    RecordingException before =
        assertThrows(
            RecordingException.class,
            () ->
                trace(
                    invoker -> {
                      Gpt2 model = invoker.model();
                      Saved<Hidden> inner = model.transformer().h(1).mlp().output().save();
                      model.transformer().h(1).skip(hidden(model, 0));
                      return inner;
                    }));
    assertThat(before).hasMessageThat().contains("does not run when it is skipped");
  }

  @Test
  void skipBatched() {
    record Rows(Two skipped, Two plain) {}
    Rows found =
        GPT2.trace()
            .run(
                generator ->
                    new Rows(
                        generator.invoke(
                            MSG,
                            i -> {
                              i.model().transformer().h(1).skip(hidden(i.model(), 0));
                              return new Two(
                                  hidden(i.model(), 0).save(), hidden(i.model(), 1).save());
                            }),
                        generator.invoke(
                            Suite.ET,
                            i ->
                                new Two(hidden(i.model(), 0).save(), hidden(i.model(), 1).save()))))
            .result();
    assertThat(found.skipped().other().value()).isEqualTo(found.skipped().one().value());
    Saved<Hidden> alone = trace(Suite.ET, i -> hidden(i.model(), 1).save());
    assertThat(near(found.plain().other().value(), alone.value())).isTrue();
  }

  // TestOrder: what is recorded has no order, only what is written must exist by then.

  @Test
  void outOfOrderError() {
    Two found = trace(i -> new Two(hidden(i.model(), 2).save(), hidden(i.model(), 1).save()));
    Two inOrder = trace(i -> new Two(hidden(i.model(), 1).save(), hidden(i.model(), 2).save()));
    assertThat(found.one().value()).isEqualTo(inOrder.other().value());
    assertThat(found.other().value()).isEqualTo(inOrder.one().value());
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () ->
                trace(
                    i -> {
                      hidden(i.model(), 1).set(hidden(i.model(), 2));
                      return i;
                    }));
    assertThat(error).hasMessageThat().contains("depends on a later site (transformer.h.2.output)");
  }

  @Test
  void outOfOrderSkip2() {
    Saved<Vocab> backwards = twoSkips(1, 0);
    assertThat(backwards.value()).isEqualTo(twoSkips(0, 1).value());
    assertThat(backwards.value()).isNotEqualTo(trace(i -> i.model().output().save()).value());
  }

  private static Saved<Vocab> twoSkips(int first, int second) {
    return trace(
        invoker -> {
          Gpt2 model = invoker.model();
          for (int layer : new int[] {first, second}) {
            Gpt2.Block block = model.transformer().h(layer);
            block.skip(block.input());
          }
          return model.output().save();
        });
  }
}
