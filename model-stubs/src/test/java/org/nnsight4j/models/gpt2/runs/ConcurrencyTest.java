package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.liveArrays;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.mirror.Mirror;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** Many threads, many runs: the same numbers, and nothing left. */
final class ConcurrencyTest {
  private static final String TEXT = "Madison Square Garden is located in the city of";

  /** Different things that one thread can do; each gives numbers to compare. */
  private static List<Callable<Object>> works() {
    return List.of(
        Probe::logits,
        () -> gradient(2),
        () -> gradient(0),
        () ->
            trace(
                    new long[][] {{1, 2, 3}, {4}},
                    model -> model.transformer().h(1).attn().pattern().output().save())
                .value(),
        () ->
            trace(
                    model -> {
                      Value<Hidden> hidden = model.transformer().h(1).output(0);
                      hidden.at(2).set(hidden.at(0));
                      return model.output().softmax(-1).save();
                    })
                .value(),
        () -> text(5),
        () -> text(2),
        () -> {
          RecordingException error =
              assertThrows(
                  RecordingException.class, () -> trace(model -> model.transformer().h(4)));
          return error.getMessage();
        });
  }

  @Test
  void threadsGetWhatASingleThreadGets() throws Exception {
    List<Object> alone = new ArrayList<>();
    for (Callable<Object> work : works()) {
      alone.add(work.call());
    }
    int before = liveArrays();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Object>> results = new ArrayList<>();
      for (int round = 0; round < 20; round++) {
        for (Callable<Object> work : works()) {
          results.add(threads.submit(work));
        }
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(alone.get(i % alone.size()));
      }
    } finally {
      threads.shutdown();
      assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void fiveHundredRunsLeaveNothing() {
    Probe.logits();
    int before = liveArrays();
    for (int i = 0; i < 250; i++) {
      int layer = i % 4;
      trace(
          new long[][] {{1, 2}, {3}},
          model -> {
            model.transformer().wte().output().at(0).set(layer);
            return model.transformer().h(0).attn().q().output().norm(-1).save();
          });
      assertThrows(
          RunException.class,
          () ->
              trace(new long[][] {{1, 2}, {3}}, m -> m.transformer().wte().output().at(1).save()));
    }
    gradient(1);
    text(4);
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void closingWaitsForRunsAndLaterOnesAreRefused() throws Exception {
    try (Mirror.Pause here = Mirror.pause()) {
      closeWhileRunning();
    }
  }

  private static void closeWhileRunning() throws Exception {
    Tensor expected = Probe.logits();
    for (int round = 0; round < 5; round++) {
      int before = liveArrays();
      LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class);
      AtomicInteger completed = new AtomicInteger();
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<RunException>> ends = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        boolean text = i % 2 == 0;
        ends.add(threads.submit(() -> runUntilClosed(model, text, expected, completed)));
      }
      while (completed.get() < 8) {
        Thread.sleep(1);
      }
      model.close();
      model.close();
      assertThat(liveArrays()).isAtMost(before);
      for (Future<RunException> end : ends) {
        assertThat(end.get(30, TimeUnit.SECONDS)).hasMessageThat().contains("closed");
      }
      threads.shutdown();
      assertThrows(RunException.class, model::tokenizer);
      assertThrows(RunException.class, model::trace);
    }
  }

  @Test
  void textOfAClosedModelIsRefused() {
    LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class);
    Generator<Gpt2> generator = model.generate(maxNewTokens(2));
    generator.invoke(TEXT, invoker -> 1);
    generator.close();
    assertThat(generator.output().newText(0)).isEqualTo(" New York");
    model.close();
    assertThat(generator.output().newIds(0)).hasLength(2);
    assertThrows(RunException.class, () -> generator.output().newText(0));
    Generator<Gpt2> late = GPT2.trace();
    late.invoke(IDS, invoker -> 1);
    late.close();
  }

  private static RunException runUntilClosed(
      LanguageModel<Gpt2> model, boolean text, Tensor expected, AtomicInteger completed) {
    while (true) {
      try {
        if (text) {
          model.trace(TEXT, m -> m.output().save());
        } else {
          Tensor found =
              model
                  .trace()
                  .run(
                      generator ->
                          generator.invoke(IDS, invoker -> invoker.model().output().save()))
                  .result()
                  .value();
          assertThat(found).isEqualTo(expected);
        }
        completed.incrementAndGet();
      } catch (RunException e) {
        return e;
      }
    }
  }

  private static Tensor gradient(int layer) {
    return trace(
            model ->
                model
                    .transformer()
                    .h(layer)
                    .output(0)
                    .gradient(model.output().get("0, -1, 7"))
                    .save())
        .value();
  }

  private static String text(int tokens) {
    return GPT2.generate(
            maxNewTokens(tokens),
            generator -> {
              generator.invoke(TEXT, invoker -> 1);
              return generator;
            })
        .output()
        .text(0);
  }
}
