package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_debug.py}: every mistake names the user's own line. */
final class DebugTest {
  /** One error, with the line of this test that made it and these words. */
  private static <E extends Throwable> E refused(
      Class<E> type, Function<Invoker<Gpt2>, ?> body, String... words) {
    E error = assertThrows(type, () -> trace(body::apply));
    for (String word : words) {
      assertThat(error).hasMessageThat().contains(word);
    }
    if (error instanceof RecordingException) {
      assertThat(error).hasMessageThat().contains("(at " + thrownAt(error) + ")");
    }
    return error;
  }

  private static String thrownAt(Throwable error) {
    return Arrays.stream(error.getStackTrace())
        .filter(frame -> "DebugTest.java".equals(frame.getFileName()))
        .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
        .findFirst()
        .orElseThrow();
  }

  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  private static Object early(Gpt2 model) {
    hidden(model, 1).set(hidden(model, 2));
    return model;
  }

  @Test
  void outOfOrderBasic() {
    refused(RecordingException.class, i -> early(i.model()), "depends on a later site");
  }

  @Test
  void outOfOrderExceptionTypePreserved() {
    Nnsight4jException error =
        refused(Nnsight4jException.class, i -> early(i.model()), "does not exist yet");
    assertThat(error).isInstanceOf(RecordingException.class);
  }

  @Test
  void indexErrorShowsCorrectLine() {
    refused(RecordingException.class, i -> hidden(i.model(), 99), "h(99) does not exist");
  }

  /** A module that does not exist is javac's error; one that only a file lacks is reported. */
  @Test
  void attributeErrorInTrace() {
    // A constant 1 would be javac's error.
    int element = Integer.parseInt("1");
    refused(
        RecordingException.class,
        i -> i.model().transformer().h(0).output(element),
        "the tuple of transformer.h.0 has one element");
  }

  @Test
  void exceptionTypePreserved() {
    assertThrows(
        ArithmeticException.class,
        () ->
            trace(
                i -> {
                  throw new ArithmeticException("own");
                }));
  }

  /** The stack trace begins in the user's code, and the message has the line too. */
  @Test
  void debugModeOff() {
    RecordingException error = refused(RecordingException.class, i -> early(i.model()));
    assertThat(error.getMessage()).doesNotContain("org.nnsight4j.internal");
  }

  @Test
  void debugModeOn() {
    RecordingException error = refused(RecordingException.class, i -> early(i.model()));
    assertThat(error.getStackTrace()[0].getClassName()).isEqualTo(DebugTest.class.getName());
    assertThat(Arrays.stream(error.getStackTrace()).map(StackTraceElement::getClassName))
        .contains("org.nnsight4j.Generator");
  }

  @Test
  void exceptionInInvoke() {
    Generator<Gpt2> generator = GPT2.trace();
    assertThrows(RecordingException.class, () -> generator.invoke(MSG, i -> hidden(i.model(), 99)));
    // What failed while it was recorded is not run, caught or not.
    generator.close();
    RunException error = assertThrows(RunException.class, generator::receipt);
    assertThat(error).hasMessageThat().contains("h(99) does not exist");
  }

  @Test
  void exceptionInSecondInvoke() {
    Generator<Gpt2> generator = GPT2.trace();
    Saved<Hidden> first = generator.invoke(MSG, i -> hidden(i.model(), 1).save());
    assertThrows(RecordingException.class, () -> generator.invoke(MSG, i -> early(i.model())));
    generator.close();
    assertThat(first.isPresent()).isFalse();
    RunException error = assertThrows(RunException.class, first::value);
    assertThat(error).hasMessageThat().contains("depends on a later site");
  }

  @Test
  void exceptionInHelperFunction() {
    RecordingException error = refused(RecordingException.class, i -> helper(i.model()));
    assertThat(error.getStackTrace()[0].getMethodName()).isEqualTo("helper");
  }

  private static Value<Hidden> helper(Gpt2 model) {
    return hidden(model, 0).get("0, 0, 0, 0, 0");
  }

  @Test
  void exceptionInBackwardContext() {
    refused(
        RecordingException.class,
        i -> hidden(i.model(), 1).gradient(i.model().output().argMax(-1).sum()),
        "a gradient needs floating numbers");
  }

  @Test
  void outOfOrderInSingleInvoke() {
    Generator<Gpt2> generator = GPT2.trace();
    assertThrows(RecordingException.class, () -> generator.invoke(MSG, i -> early(i.model())));
  }

  @Test
  void correctOrderAcrossInvokes() {
    Generator<Gpt2> generator = GPT2.trace();
    Saved<Hidden> late = generator.invoke(MSG, i -> hidden(i.model(), 2).save());
    Saved<Hidden> early = generator.invoke(MSG, i -> hidden(i.model(), 0).save());
    generator.close();
    assertThat(late.isPresent() && early.isPresent()).isTrue();
    assertThat(late.value()).isNotEqualTo(early.value());
  }

  @Test
  void outOfOrderMessageContent() {
    refused(
        RecordingException.class,
        i -> early(i.model()),
        "written to transformer.h.1.output",
        "step 0",
        "(transformer.h.2.output)");
  }

  @Test
  void nonexistentModulePath() {
    refused(
        RecordingException.class,
        i -> i.point("transformer.h.0.mpl"),
        "there is no value named 'transformer.h.0.mpl'");
  }

  @Test
  void traceWithNoArgsNoInvokes() {
    RunException error = assertThrows(RunException.class, () -> GPT2.trace().close());
    assertThat(error).hasMessageThat().contains("call invoke(...) on the generator first");
  }

  @Test
  void normalTraceFindsBlock() {
    assertThat(trace(i -> hidden(i.model(), 1).save()).line().toString())
        .startsWith("DebugTest.java:");
  }

  /** Gradients have no order either; a replaced one only counts for what is recorded later. */
  @Test
  void gradientWrongOrder() {
    record Two(Saved<Hidden> one, Saved<Hidden> other) {}
    Two forwards =
        trace(
            i -> {
              Value<Axis> loss = i.model().output().sum();
              return new Two(
                  hidden(i.model(), 0).gradient(loss).save(),
                  hidden(i.model(), 2).gradient(loss).save());
            });
    Two backwards =
        trace(
            i -> {
              Value<Axis> loss = i.model().output().sum();
              return new Two(
                  hidden(i.model(), 2).gradient(loss).save(),
                  hidden(i.model(), 0).gradient(loss).save());
            });
    assertThat(backwards.other().value()).isEqualTo(forwards.one().value());
    assertThat(backwards.one().value()).isEqualTo(forwards.other().value());
  }

  @Test
  void errorAfterSuccessfulOperations() {
    refused(
        RecordingException.class,
        i -> {
          Saved<Hidden> good = hidden(i.model(), 0).save();
          assertThat(good.isPresent()).isFalse();
          return hidden(i.model(), 1).add(good(i));
        },
        "add");
  }

  private static Value<Hidden> good(Invoker<Gpt2> invoker) {
    return hidden(invoker.model(), 0).get("..., 0:3");
  }

  @Test
  void conditionalError() {
    refused(
        RecordingException.class,
        i -> {
          hidden(i.model(), 0).norm().gt(0).cond(() -> hidden(i.model(), 77).set(0));
          return i;
        },
        "h(77) does not exist");
  }

  @Test
  void loopError() {
    refused(
        RecordingException.class,
        i -> i.allSteps().each(model -> hidden(model, 77).save()),
        "h(77) does not exist");
    RecordingException hidden =
        assertThrows(
            RecordingException.class,
            () ->
                Suite.generate(
                    2,
                    i -> {
                      Value<Hidden> inside = i.allSteps().each(model -> hidden(model, 0));
                      return inside.mul(2).save();
                    }));
    assertThat(hidden).hasMessageThat().contains("DebugTest.java:");
  }

  /** In Python a gradient context forbids reads of modules; here both can be mixed. */
  @Test
  void backwardRestrictionDocumented() {
    record Two(Saved<Hidden> gradient, Saved<Hidden> hidden) {}
    Two found =
        trace(
            i -> {
              Value<Axis> loss = i.model().output().sum();
              Saved<Hidden> gradient = hidden(i.model(), 2).gradient(loss).save();
              return new Two(gradient, hidden(i.model(), 1).save());
            });
    assertThat(Suite.isZero(found.gradient().value())).isFalse();
    assertThat(found.hidden().isPresent()).isTrue();
  }

  /** Invokers can be open together, so an invoke inside another is just another row. */
  @Test
  void invokeInsideInvoke() {
    Generator<Gpt2> generator = GPT2.trace();
    Saved<Hidden> inner =
        generator.invoke(
            MSG, i -> generator.invoke(Suite.ET, other -> hidden(other.model(), 1).save()));
    generator.close();
    assertThat(inner.value().shape(0)).isEqualTo(1);
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () ->
                Suite.generateAll(
                    2,
                    each ->
                        each.invoke(
                            MSG, i -> i.allSteps().each(model -> each.invoke(MSG, other -> 1)))));
    assertThat(error).hasMessageThat().contains("cannot be recorded inside the loop");
  }

  @Test
  void codeAfterUnboundedIterNotExecuted() {
    record Two(Saved<Hidden> loop, Saved<Hidden> after) {}
    Two found =
        trace(
            i ->
                new Two(
                    i.allSteps().each(model -> hidden(model, 0).save()),
                    hidden(i.model(), 1).save()));
    assertThat(found.loop().values()).hasSize(1);
    assertThat(found.after().isPresent()).isTrue();
  }

  /** TestLanguageModelErrors: text needs a tokenizer. */
  @Test
  void tokenizerNotProvidedWithPreloadedModel(@TempDir Path folder) throws Exception {
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(EmbeddedGpt2.directory().resolve(name), folder.resolve(name));
    }
    try (LanguageModel<Gpt2> model = LanguageModel.open(new Gpt2Model(), folder)) {
      RecordingException error =
          assertThrows(RecordingException.class, () -> model.trace(MSG, m -> m.output().save()));
      assertThat(error).hasMessageThat().contains("has no tokenizer.json");
      assertThrows(CheckpointException.class, model::tokenizer);
    }
  }
}
