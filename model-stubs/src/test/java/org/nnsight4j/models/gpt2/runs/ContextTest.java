package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Generators, invokers and saved values used in the wrong order, or left by an exception. */
final class ContextTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  @Test
  void contextsInTheWrongOrder() {
    Generator<Gpt2> empty = GPT2.trace();
    refused(RunException.class, empty::close, "nothing to run");
    Generator<Gpt2> generator = GPT2.trace();
    refused(RunException.class, generator::receipt, "the run has not happened yet");
    Invoker<Gpt2> invoker = generator.invoke(IDS);
    Gpt2 model = invoker.model();
    Value<Hidden> hidden = model.transformer().h(1).output(0);
    Saved<Hidden> saved = hidden.save();
    refused(RunException.class, saved::value, "the run has not happened yet", saved.line() + "");
    invoker.close();
    refused(RunException.class, invoker::close, "closed before");
    generator.run();
    assertThat(saved.value().shape()).isEqualTo(new long[] {1, 6, 128});
    refused(RunException.class, generator::run, "ran before");
    refused(RunException.class, generator::output, "generate(...)");
    refused(RecordingException.class, () -> hidden.save(), "ContextTest.java");
    refused(RecordingException.class, () -> generator.invoke(IDS), "ContextTest.java");
    generator.close();
    refused(RunException.class, generator::close, "closed before, at ContextTest.java");
  }

  @Test
  void closedInvokerRecordsNothing() {
    Generator<Gpt2> generator = GPT2.trace();
    Invoker<Gpt2> invoker = generator.invoke(IDS);
    Gpt2 model = invoker.model();
    invoker.close();
    refused(RecordingException.class, model::output, "this invoker is closed");
    refused(RunException.class, generator::run, "recording failed", "this invoker is closed");
    generator.close();
  }

  @Test
  void savedSaysWhyThereIsNothing() {
    List<Saved<?>> saved = new ArrayList<>();
    RunException error =
        refused(
            RunException.class,
            () ->
                GPT2.trace(
                    TEXT,
                    model -> {
                      saved.add(model.transformer().h(0).output(0).save());
                      return model.output().get("0").reshape(-1).get("999999").save();
                    }));
    assertThat(error).hasMessageThat().contains("999999");
    refused(RunException.class, () -> saved.get(0).value(), "the run failed", "999999");
    assertThat(saved.get(0).isPresent()).isFalse();
  }

  @Test
  void bodyThatThrowsRunsNothing() {
    IllegalStateException mine = new IllegalStateException("mine");
    List<Saved<?>> saved = new ArrayList<>();
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                trace(
                    model -> {
                      saved.add(model.output().save());
                      throw mine;
                    }));
    assertThat(thrown).isSameInstanceAs(mine);
    refused(RunException.class, () -> saved.get(0).value(), "mine");
  }

  @Test
  void invokerBodyThatThrowsRunsNothingEvenIfCaught() {
    refused(
        RecordingException.class,
        () ->
            GPT2.trace()
                .run(
                    generator -> {
                      assertThrows(
                          IllegalStateException.class,
                          () ->
                              generator.invoke(
                                  IDS,
                                  invoker -> {
                                    throw new IllegalStateException("half done");
                                  }));
                      return generator.invoke(IDS, invoker -> invoker.model().output().save());
                    })
                .result(),
        "the body of an invoker failed",
        "ContextTest.java");
  }
}
