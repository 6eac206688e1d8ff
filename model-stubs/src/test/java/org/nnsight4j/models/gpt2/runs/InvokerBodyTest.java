package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Completed;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.InvokerBody;
import org.nnsight4j.Output;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;

/** A body of two parameters has the invoker beside the model. */
class InvokerBodyTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @Test
  void aTraceReadsWhatOnlyTheInvokerHas() {
    Saved<Axis> both =
        GPT2.trace(
            EIFFEL,
            (invoker, model) ->
                invoker
                    .parameter("transformer.ln_f.bias")
                    .add(model.transformer().h(1).output(0).at(-1).as(Axis.class))
                    .save());
    try (Generator<Gpt2> generator = GPT2.trace()) {
      Saved<Axis> same;
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        same =
            invoker
                .parameter("transformer.ln_f.bias")
                .add(invoker.model().transformer().h(1).output(0).at(-1).as(Axis.class))
                .save();
      }
      generator.run();
      assertThat(both.value()).isEqualTo(same.value());
    }
  }

  @Test
  void aGenerationHasItsStepsAndItsText() {
    Completed<Saved<Axis>> done =
        GPT2.generate(
            maxNewTokens(2),
            EIFFEL,
            (invoker, model) ->
                invoker.allSteps().each(step -> step.output().at(-1).argMax(-1).save()));
    assertThat(done.result().values()).hasSize(2);
    assertThat(done.output().text(0)).isEqualTo(EIFFEL + " Paris.");
  }

  @Test
  void aBodyMayReturnNothing() {
    Output output =
        GPT2.generate(
            maxNewTokens(3),
            EIFFEL,
            (invoker, model) -> {
              model.transformer().h(0).mlp().output().set(0);
              invoker.stop();
            });
    assertThat(output.newIds(0)).isEmpty(); // before the first token was chosen
    boolean[] ran = new boolean[1];
    GPT2.trace(
        EIFFEL,
        (invoker, model) -> {
          model.transformer().h(0).output(0).peek(tensor -> ran[0] = true);
        });
    assertThat(ran[0]).isTrue();
  }

  @Test
  void refusesNothing() {
    assertThat(
            assertThrows(
                NullPointerException.class,
                () -> GPT2.trace(EIFFEL, (InvokerBody<Gpt2, Object>) null)))
        .hasMessageThat()
        .isEqualTo("the body is null");
    assertThrows(
        NullPointerException.class,
        () -> GPT2.trace(EIFFEL, (BiConsumer<Invoker<Gpt2>, Gpt2>) null));
  }
}
