package org.nnsight4j.internal.run;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.internal.run.ToyFamily.LOGIT;
import static org.nnsight4j.internal.run.ToyFamily.TOKENS;
import static org.nnsight4j.internal.run.ToyFamily.UP;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Session;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What a run does to a model whose every number is known. */
final class ToyRunTest {
  @TempDir static Path folder;
  private static LanguageModel<AnyModel> toy;

  @BeforeAll
  static void open() throws Exception {
    toy = LanguageModel.open(ToyFamily.write(folder));
  }

  @AfterAll
  static void close() {
    toy.close();
  }

  /** What {@code up} gives for tokens, or a logit at the tokens that follow. */
  private static float[] rows(float number, int... tokens) {
    float[] rows = new float[tokens.length * TOKENS];
    for (int row = 0; row < tokens.length; row++) {
      rows[row * TOKENS + tokens[row]] = number;
    }
    return rows;
  }

  private static Value<Axis> up(AnyModel model) {
    return model.module("up").output();
  }

  private static Value<Axis> logits(AnyModel model) {
    return model.module("head").output();
  }

  private static float[] trace(long[] ids, Function<AnyModel, Value<Axis>> body) {
    try (Generator<AnyModel> run = toy.trace()) {
      Saved<Axis> saved = run.invoke(ids, invoker -> body.apply(invoker.model()).save());
      run.run();
      return saved.value().toFloatArray();
    }
  }

  private static long[][] generate(GenerateOptions options, long[][] ids, Steps body) {
    try (Generator<AnyModel> run = toy.generate(options)) {
      run.invoke(
          ids,
          invoker -> {
            body.record(invoker);
            return invoker;
          });
      run.run();
      return run.output().newIds();
    }
  }

  private interface Steps {
    void record(Invoker<AnyModel> invoker);
  }

  @Test
  void aReadIsWhatTheModuleGave() {
    assertThat(trace(new long[] {0, 2}, ToyRunTest::up)).isEqualTo(rows(UP, 0, 2));
    assertThat(trace(new long[] {0, 2}, ToyRunTest::logits)).isEqualTo(rows(LOGIT, 1, 3));
    assertThat(trace(new long[] {3}, model -> model.module("head").input())).isEqualTo(rows(UP, 3));
  }

  @Test
  void aWriteChangesWhatComesAfterIt() {
    float[] changed =
        trace(
            new long[] {0, 0},
            model -> {
              up(model).at(-1).set(up(model).at(0).mul(-1));
              return logits(model);
            });
    float[] expected = rows(LOGIT, 1, 1);
    expected[TOKENS + 1] = -LOGIT;
    assertThat(changed).isEqualTo(expected);
  }

  @Test
  void aReadBeforeAWriteIsTheOldValue() {
    float[] before =
        trace(
            new long[] {1},
            model -> {
              Value<Axis> old = up(model).mul(1);
              up(model).set(0);
              return old;
            });
    assertThat(before).isEqualTo(rows(UP, 1));
    float[] after =
        trace(
            new long[] {1},
            model -> {
              up(model).set(0);
              return up(model);
            });
    assertThat(after).isEqualTo(new float[TOKENS]);
  }

  @Test
  void aSkippedModuleDoesNotRun() {
    float[] skipped =
        trace(
            new long[] {2},
            model -> {
              model.module("up").skip(model.module("embed").output());
              return logits(model);
            });
    assertThat(skipped).isEqualTo(rows(LOGIT / UP, 3));
  }

  @Test
  void aModuleIsCalledOnAnotherValue() {
    assertThat(
            trace(
                new long[] {1},
                model -> model.module("head").apply(model.module("embed").output())))
        .isEqualTo(rows(LOGIT / UP, 2));
  }

  @Test
  void aGradientIsTheColumnSumOfWhatFollows() {
    float[] gradient = trace(new long[] {0}, model -> up(model).gradient(logits(model).sum()));
    assertThat(gradient).isEqualTo(new float[] {3, 3, 3, 3});
    float[] one =
        trace(new long[] {0}, model -> up(model).gradient(logits(model).get("0, 0, 1").sum()));
    assertThat(one).isEqualTo(rows(LOGIT / UP, 0));
  }

  @Test
  void generationFollowsTheLogits() {
    assertThat(generate(maxNewTokens(3), new long[][] {{0}}, invoker -> {}))
        .isEqualTo(new long[][] {{1, 2, 3}});
  }

  @Test
  void aWriteAtOneStepDecidesThatToken() {
    long[][] ids =
        generate(
            maxNewTokens(4),
            new long[][] {{0}},
            invoker -> up(invoker.step(2)).set(eye(invoker, 0)));
    assertThat(ids).isEqualTo(new long[][] {{1, 2, 1, 2}});
  }

  /** {@code up} of a token. */
  private static Value<Axis> eye(Invoker<AnyModel> invoker, int token) {
    return invoker.constant(Tensor.of(rows(UP, token), 1, 1, TOKENS));
  }

  @Test
  void aWriteAtEachStepDecidesEachToken() {
    long[][] ids =
        generate(
            maxNewTokens(3),
            new long[][] {{0}},
            invoker ->
                invoker
                    .allSteps()
                    .forEach(model -> model.module("up").output().set(eye(invoker, 2))));
    assertThat(ids).isEqualTo(new long[][] {{3, 3, 3}});
  }

  @Test
  void aPaddedRowIsTheRowAlone() {
    assertThat(generate(maxNewTokens(2), new long[][] {{0}, {3, 1}}, invoker -> {}))
        .isEqualTo(new long[][] {{1, 2}, {2, 3}});
  }

  @Test
  void invokersShareThePassAndNothingElse() {
    try (Generator<AnyModel> run = toy.trace()) {
      Saved<Axis> first =
          run.invoke(
              new long[] {0},
              invoker -> {
                up(invoker.model()).set(0);
                return logits(invoker.model()).save();
              });
      Saved<Axis> second = run.invoke(new long[] {1}, invoker -> logits(invoker.model()).save());
      run.run();
      assertThat(first.value().toFloatArray()).isEqualTo(new float[TOKENS]);
      assertThat(second.value().toFloatArray()).isEqualTo(rows(LOGIT, 2));
    }
  }

  @Test
  void aValueOfOneInvokerIsWrittenInAnother() {
    try (Generator<AnyModel> run = toy.trace()) {
      Value<Axis> donor = run.invoke(new long[] {3}, invoker -> up(invoker.model()));
      Saved<Axis> patched =
          run.invoke(
              new long[] {1},
              invoker -> {
                up(invoker.model()).set(donor);
                return logits(invoker.model()).save();
              });
      run.run();
      assertThat(patched.value().toFloatArray()).isEqualTo(rows(LOGIT, 0));
    }
  }

  @Test
  void aValueOfOneRunIsWrittenInTheNext() {
    Session<AnyModel> session = toy.session();
    Generator<AnyModel> one = session.trace();
    Value<Axis> donor = one.invoke(new long[] {2}, invoker -> up(invoker.model()));
    one.close();
    Generator<AnyModel> two = session.trace();
    Saved<Axis> patched =
        two.invoke(
            new long[] {0},
            invoker -> {
              up(invoker.model()).set(donor);
              return logits(invoker.model()).save();
            });
    two.close();
    session.close();
    assertThat(patched.value().toFloatArray()).isEqualTo(rows(LOGIT, 3));
  }

  @Test
  void theRunAfterOneThatFailedIsAsBefore() {
    RunException failed =
        assertThrows(
            RunException.class,
            () ->
                trace(
                    new long[] {0},
                    model -> {
                      up(model).set(0);
                      return up(model)
                          .hostCall(
                              tensor -> {
                                throw new IllegalStateException("no reason");
                              });
                    }));
    assertThat(failed).hasMessageThat().contains("no reason");
    assertThat(trace(new long[] {0}, ToyRunTest::logits)).isEqualTo(rows(LOGIT, 1));
  }

  @Test
  void threadsDoNotSeeEachOthersWrites() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> runs =
          IntStream.range(0, 40)
              .mapToObj(
                  run ->
                      threads.submit(
                          () ->
                              trace(
                                  new long[] {run % TOKENS},
                                  model -> {
                                    up(model).set(up(model).mul(run));
                                    return logits(model);
                                  })))
              .toList();
      for (int run = 0; run < runs.size(); run++) {
        assertThat(runs.get(run).get()).isEqualTo(rows(LOGIT * run, (run + 1) % TOKENS));
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
