package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What a second reader found: each was wrong, silent or unclear once. */
final class ReviewedTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";
  private static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);

  @AfterAll
  static void close() {
    GPT2.close();
  }

  private static <E extends Nnsight4jException> void refused(
      Class<E> type, String message, Function<Gpt2, Object> body) {
    E error = assertThrows(type, () -> GPT2.trace(TEXT, body::apply));
    assertThat(error).hasMessageThat().contains(message);
    assertThat(error).hasMessageThat().contains("ReviewedTest.java:");
  }

  @Test
  void theGradientOfSeveralNumbersIsRefusedEvenIfOnlyTheRunKnowsHowMany() {
    refused(
        RunException.class,
        "a gradient is taken of one number",
        model -> {
          Value<Hidden> hidden = model.transformer().h(1).output(0);
          return hidden.gradient(model.output()).save();
        });
  }

  @Test
  void theGradientOfWhatDoesNotDependOnTheValueIsZero() {
    Saved<Hidden> gradient =
        GPT2.trace(
            TEXT,
            model -> {
              Value<Hidden> hidden = model.transformer().h(1).output(0);
              model.transformer().h(2).output(0).set(0.5);
              return hidden.gradient(model.output().sum()).save();
            });
    for (float each : gradient.value().toFloatArray()) {
      assertThat(each).isEqualTo(0f);
    }
  }

  @Test
  void aGradientWrittenWithFewerAxesFlowsOnAsIfItHadAll() {
    record Two(Saved<Hidden> late, Saved<Hidden> early) {}
    Two broadcast = written(Tensor.of(new float[128], 128), Two::new);
    Two whole = written(Tensor.of(new float[8 * 128], 1, 8, 128), Two::new);
    assertThat(broadcast.late().value()).isEqualTo(whole.late().value());
    assertThat(broadcast.early().value()).isEqualTo(whole.early().value());
  }

  private interface Pair<T> {
    T of(Saved<Hidden> late, Saved<Hidden> early);
  }

  private static <T> T written(Tensor gradient, Pair<T> pair) {
    return GPT2.trace(
        TEXT,
        model -> {
          Value<Hidden> early = model.transformer().h(0).output(0);
          Value<Hidden> late = model.transformer().h(2).output(0);
          Value<Axis> loss = model.output().sum();
          late.setGradient(loss, late.constant(gradient));
          return pair.of(late.gradient(loss).save(), early.gradient(loss).save());
        });
  }

  @Test
  void aGradientWrittenFromALaterSiteIsRefused() {
    refused(
        RecordingException.class,
        "depends on a site after the scalar",
        model -> {
          Value<Hidden> hidden = model.transformer().h(0).output(0);
          Value<Axis> loss = model.transformer().h(1).output(0).sum();
          hidden.setGradient(loss, model.transformer().h(2).output(0));
          return null;
        });
  }

  @Test
  void modulesThatChangeNothingAndConstantsCanBeApplied() {
    Tensor row = Tensor.of(new float[128], 1, 1, 128);
    record Three(Saved<Hidden> hidden, Saved<Hidden> dropped, Saved<Gpt2.Vocab> logits) {}
    Three saved =
        GPT2.trace(
            TEXT,
            model -> {
              Value<Hidden> hidden = model.transformer().h(1).output(0);
              return new Three(
                  hidden.save(),
                  model.transformer().drop().apply(hidden).save(),
                  model.lmHead().apply(hidden.constant(row)).save());
            });
    assertThat(saved.dropped().value()).isEqualTo(saved.hidden().value());
    assertThat(saved.logits().value()).isEqualTo(Tensor.of(new float[1329], 1, 1, 1329));
  }

  @Test
  void aBlockAppliedThroughAnotherInvokerKeepsTheMaskOfTheRows() {
    Saved<Hidden> own;
    Saved<Hidden> other;
    try (Generator<Gpt2> generator = GPT2.trace()) {
      try (Invoker<Gpt2> ragged = generator.invoke(List.of(TEXT, "Paris"));
          Invoker<Gpt2> even = generator.invoke("Madison Square")) {
        Value<Hidden> hidden = ragged.model().transformer().h(0).output(0);
        own = ragged.model().transformer().h(1).apply(hidden).save();
        other = even.model().transformer().h(1).apply(hidden).save();
      }
    }
    assertThat(other.value()).isEqualTo(own.value());
  }

  @Test
  void temperaturesThatLeaveTheRangeOfFloatsAreRefused() {
    for (double temperature : new double[] {1e-50, 1e39}) {
      assertThrows(
          OptionsException.class, () -> maxNewTokens(1).doSample().temperature(temperature));
    }
    assertThrows(
        RunException.class,
        () -> {
          try (Generator<Gpt2> generator =
              GPT2.generate(maxNewTokens(1).doSample().temperature(1e-38).topK(0).seed(1))) {
            generator.invoke(TEXT).close();
          }
        });
  }

  @Test
  void moreNewTokensThanPositionsIsRefusedWithoutOverflow() {
    PlanningException error =
        assertThrows(
            PlanningException.class,
            () -> {
              try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(Integer.MAX_VALUE))) {
                generator.invoke(TEXT).close();
              }
            });
    assertThat(error).hasMessageThat().contains("2147483654 positions, this model has 128");
  }

  @Test
  void aTraceThatNeedsNoPassMakesNone() {
    try (Generator<Gpt2> generator = GPT2.trace()) {
      generator.invoke(TEXT).close();
      generator.run();
      assertThat(generator.receipt().passes()).isEqualTo(0);
    }
  }

  @Test
  void writingMinusInfinityOverItselfChangesNothing() {
    try (Generator<Gpt2> generator = GPT2.trace()) {
      try (Invoker<Gpt2> invoker = generator.invoke(TEXT)) {
        Gpt2.Attention attention = invoker.model().transformer().h(0).attn();
        attention.scores().output().get("0, 0, 0, 1").set(Double.NEGATIVE_INFINITY);
        attention.scores().output().get("0, 0, 0, 1").set(Double.NEGATIVE_INFINITY);
      }
      generator.run();
      List<Receipt.Entry> writes =
          generator.receipt().entries().stream().filter(e -> e.kind().equals("write")).toList();
      assertThat(writes.get(1).change()).isEqualTo(0.0);
      assertThat(generator.receipt().warnings()).hasSize(1);
    }
  }

  @Test
  void theGradientOfTheFirstStepDoesNotHoldLaterOnes() {
    Saved<Hidden> alone = GPT2.trace(TEXT, ReviewedTest::gradient);
    Saved<Hidden> generating =
        GPT2.generate(
            maxNewTokens(3),
            generator -> generator.invoke(TEXT, invoker -> gradient(invoker.model())));
    assertThat(generating.value()).isEqualTo(alone.value());
  }

  private static Saved<Hidden> gradient(Gpt2 model) {
    Value<Hidden> hidden = model.transformer().h(1).output(0);
    return hidden.gradient(model.output().sum()).save();
  }
}
