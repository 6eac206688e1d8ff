package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.minNewTokens;
import static org.nnsight4j.Options.stopStrings;
import static org.nnsight4j.Options.temperature;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.here;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.thrownAt;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** What only the run can find wrong. */
final class RunErrorsTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  static Stream<Consumer<Generator<Gpt2>>> prompts() {
    return Stream.of(
        generator -> generator.invoke(""),
        generator -> generator.invoke(List.of()),
        generator -> generator.invoke(List.of("a", "")),
        generator -> generator.invoke(new long[0]),
        generator -> generator.invoke(new int[0]),
        generator -> generator.invoke(new long[0][]),
        generator -> generator.invoke(new long[][] {{1}, {}}),
        generator -> generator.invoke(new long[] {1, -1}),
        generator -> generator.invoke(new long[] {1, 1329}),
        generator -> generator.invoke(new long[129]),
        generator -> generator.invoke((String) null),
        generator -> generator.invoke((List<String>) null),
        generator -> generator.invoke((long[]) null),
        generator -> generator.invoke((int[]) null),
        generator -> generator.invoke(new long[][] {{1}, null}));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("prompts")
  void impossiblePrompts(Consumer<Generator<Gpt2>> bad) {
    RecordingException error =
        refused(
            RecordingException.class,
            () ->
                GPT2.trace()
                    .run(
                        generator -> {
                          bad.accept(generator);
                          return generator;
                        })
                    .result());
    assertThat(error).hasMessageThat().contains("(at " + thrownAt(error) + ")");
  }

  @Test
  void textThatIsTooLong() {
    refused(
        PlanningException.class,
        () -> GPT2.trace(TEXT.repeat(40), model -> model.output().save()),
        "positions, this model has 128",
        "(at RunErrorsTest.java:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "a\u0000b", "\ud83d\ude00 \udc00x", " ", "\ufeff\u202e"})
  void unusualTextRunsOrIsRefused(String text) {
    int before = Probe.liveArrays();
    try {
      assertThat(GPT2.trace(text, model -> model.output().save()).value().rank()).isEqualTo(3);
    } catch (Nnsight4jException e) {
      assertThat(e).hasMessageThat().contains("RunErrorsTest.java");
    }
    assertThat(Probe.liveArrays()).isEqualTo(before);
  }

  @Test
  void promptAndNewTokensTogetherTooLong() {
    refused(
        PlanningException.class,
        () -> GPT2.generate(maxNewTokens(124), generator -> generator.invoke(IDS, i -> 1)),
        "a prompt of 6 tokens and 124 new ones need 129 positions, this model has 128",
        "RunErrorsTest.java");
  }

  @Test
  void shapeThatOnlyTheRunKnows() {
    AtomicReference<String> lineBefore = new AtomicReference<>();
    RunException error =
        refused(
            RunException.class,
            () ->
                GPT2.trace(
                    TEXT,
                    model -> {
                      Value<Hidden> hidden = model.transformer().h(1).output(0);
                      lineBefore.set(here());
                      return hidden.add(hidden.get(":, 1:")).save();
                    }),
            "add of transformer.h.1.output: the shapes",
            "cannot be combined");
    String[] place = lineBefore.get().split(":");
    assertThat(error)
        .hasMessageThat()
        .endsWith("(at %s:%s)".formatted(place[0], Integer.parseInt(place[1]) + 1));
    refused(
        RunException.class,
        () -> GPT2.trace(TEXT, model -> model.output().get(":, 100").save()),
        "index 100 is outside axis 1",
        "RunErrorsTest.java");
  }

  @Test
  void writeOfAShapeThatOnlyTheRunKnows() {
    refused(
        RunException.class,
        () ->
            GPT2.trace(
                TEXT,
                model -> {
                  Value<Hidden> hidden = model.transformer().h(1).output(0);
                  hidden.set(hidden.get(":, 2:"));
                  return model.output().save();
                }),
        "transformer.h.1.output",
        "cannot be written",
        "RunErrorsTest.java");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, -3})
  void positionOutsideOneRow(int position) {
    refused(
        RunException.class,
        () ->
            trace(
                new long[][] {{1, 2, 3, 4}, {5, 6}},
                model -> model.transformer().h(1).output(0).at(position).save()),
        "at(" + position + ") is outside row 1",
        "2 tokens",
        "RunErrorsTest.java");
  }

  @Test
  void idsThatTheModelCannotEmbed() {
    refused(
        RunException.class,
        () ->
            trace(
                model -> {
                  model.transformer().wte().input().set(5000);
                  return model.output().save();
                }),
        "transformer.wte.input",
        "RunErrorsTest.java");
  }

  @Test
  void engineErrorNamesTheOperationAndTheLine() {
    refused(
        RunException.class,
        () ->
            trace(
                model -> {
                  Value<Hidden> hidden = model.transformer().h(1).output(0);
                  return hidden.take(0, hidden.constant(Tensor.of(new long[] {7}, 1))).save();
                }),
        "take failed in the engine: index out of range in self (at RunErrorsTest.java:");
  }

  @Test
  void notANumberIsNotAToken() {
    refused(
        RunException.class,
        () ->
            GPT2.generate(
                maxNewTokens(2),
                generator ->
                    generator.invoke(
                        IDS,
                        invoker -> {
                          invoker.model().transformer().h(1).output(0).set(Double.NaN);
                          return 1;
                        })),
        "expected finite logits, found NaN");
  }

  @Test
  void optionsThatContradict() {
    refused(OptionsException.class, () -> GPT2.generate(temperature(2)), "doSample()");
    refused(OptionsException.class, () -> GPT2.generate(minNewTokens(3).maxNewTokens(2)), "3", "2");
    refused(OptionsException.class, () -> GPT2.generate(maxNewTokens(0)), "maxNewTokens");
    refused(OptionsException.class, () -> GPT2.generate(maxNewTokens(1).eosTokenId(1329)), "1328");
    assertThrows(NullPointerException.class, () -> GPT2.generate(null));
  }

  @Test
  void stopStringEndsOnlyItsRow() {
    try (Generator<Gpt2> generator = GPT2.generate(stopStrings(" York").maxNewTokens(3))) {
      generator.invoke(
          List.of("Madison Square Garden is located in the city of", TEXT), invoker -> 1);
      generator.run();
      assertThat(generator.output().newText(0)).isEqualTo(" New York");
      assertThat(generator.output().newIds(1)).hasLength(3);
    }
  }

  @Test
  void interruptedRunStopsAndKeepsTheFlag() throws InterruptedException {
    interrupt(
        30,
        () ->
            GPT2.generate(
                maxNewTokens(120).eosTokenId().useCache(false),
                generator -> generator.invoke(IDS, invoker -> 1)));
  }

  /** There is no module left for the pass to go through. */
  @Test
  void anInterruptIsNoticedBetweenTwoOperations() throws InterruptedException {
    interrupt(
        2000,
        () ->
            GPT2.trace()
                .run(
                    generator ->
                        generator.invoke(
                            IDS,
                            invoker -> {
                              Value<Axis> ones = invoker.create().ones(1024, 1024);
                              Value<Axis> value = ones;
                              // A minute and more.
                              for (int i = 0; i < 2000; i++) {
                                value = value.matMul(ones).div(1024);
                              }
                              return value.save();
                            }))
                .result());
  }

  private static void interrupt(int millis, Runnable run) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicBoolean flag = new AtomicBoolean();
    CountDownLatch running = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  running.countDown();
                  run.run();
                }
              } catch (RuntimeException e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
              }
            });
    int before = Probe.liveArrays();
    thread.start();
    running.await();
    Thread.sleep(millis);
    thread.interrupt();
    thread.join(10_000);
    assertThat(thrown.get()).isInstanceOf(RunException.class);
    assertThat(thrown.get()).hasMessageThat().contains("interrupted");
    assertThat(flag.get()).isTrue();
    assertThat(Probe.liveArrays()).isEqualTo(before);
    assertThat(Probe.logits().rank()).isEqualTo(3);
  }
}
