package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.liveArrays;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A recording that is planned once and run on many inputs. */
final class PreparedTest {
  private static final List<String> TEXTS =
      List.of(
          "The Eiffel Tower is in the city of",
          "The Colosseum is in the city of",
          "The capital of Japan is",
          "Hello");

  private static Prepared<Saved<Vocab>> halved() {
    return GPT2.prepare(
        model -> {
          Value<Hidden> added = model.transformer().h(1).mlp().output();
          added.set(added.mul(0.5));
          return model.output().at(-1).save();
        });
  }

  private static Tensor alone(String text) {
    return GPT2.trace(
            text,
            model -> {
              Value<Hidden> added = model.transformer().h(1).mlp().output();
              added.set(added.mul(0.5));
              return model.output().at(-1).save();
            })
        .value();
  }

  @Test
  void eachRunEqualsItsOwnRecording() {
    Prepared<Saved<Vocab>> prepared = halved();
    for (String text : TEXTS) {
      assertThat(prepared.run(text).value(prepared.recorded())).isEqualTo(alone(text));
    }
  }

  @Test
  void manyThreadsRunOnePlan() throws Exception {
    Prepared<Saved<Vocab>> prepared = halved();
    List<Tensor> alone = TEXTS.stream().map(PreparedTest::alone).toList();
    int before = liveArrays();
    ExecutorService threads = Executors.newFixedThreadPool(6);
    List<Future<Tensor>> found = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String text = TEXTS.get(i % TEXTS.size());
      Callable<Tensor> run = () -> prepared.run(text).value(prepared.recorded());
      found.add(threads.submit(run));
    }
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).get()).isEqualTo(alone.get(i % alone.size()));
    }
    threads.shutdown();
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void severalInputsAndStepsOfGeneration() {
    record Two(Saved<Axis> tokens, Saved<Hidden> patched) {}
    Prepared<Two> prepared =
        GPT2.prepare(
            maxNewTokens(3),
            generator -> {
              try (Invoker<Gpt2> from = generator.input();
                  Invoker<Gpt2> to = generator.input()) {
                Value<Hidden> last = from.model().transformer().h(2).output(0).at(-1);
                to.model().transformer().h(2).output(0).at(-1).set(last);
                return new Two(
                    to.allSteps().each(model -> model.output().at(-1).argMax(-1).save()),
                    to.model().transformer().h(2).output(0).at(-1).save());
              }
            });
    Results results = prepared.run(TEXTS.get(0), TEXTS.get(1));
    assertThat(results.output().newText(1)).startsWith(" Paris");
    assertThat(results.values(prepared.recorded().tokens())).hasSize(3);
    assertThat(results.at(prepared.recorded().tokens(), 3)).isEmpty();
    assertThat(results.receipt().passes()).isEqualTo(3);
    assertThrows(RunException.class, () -> results.value(prepared.recorded().tokens()));
  }

  @Test
  void idsAndBatches() {
    Prepared<Saved<Vocab>> prepared = halved();
    long[] ids = GPT2.tokenizer().encode(TEXTS.get(0));
    Tensor one = prepared.run(ids).value(prepared.recorded());
    assertThat(one).isEqualTo(alone(TEXTS.get(0)));
    Tensor rows = prepared.run(List.of(TEXTS)).value(prepared.recorded());
    assertThat(rows.shape()).isEqualTo(new long[] {4, 1329});
  }

  @Test
  void wrongInputIsRefusedOnTheUsersLine() {
    Prepared<Saved<Vocab>> prepared = halved();
    RecordingException count = assertThrows(RecordingException.class, () -> prepared.run("a", "b"));
    assertThat(count).hasMessageThat().contains("1 input, found 2 (at PreparedTest.java");
    assertThat(assertThrows(RecordingException.class, () -> prepared.run("")))
        .hasMessageThat()
        .contains("the prompt is empty");
    assertThat(assertThrows(RecordingException.class, () -> prepared.run(new long[] {99_999})))
        .hasMessageThat()
        .contains("outside the vocabulary");
    assertThat(assertThrows(RunException.class, () -> prepared.recorded().value()))
        .hasMessageThat()
        .contains("results.value(saved)");
    Saved<Vocab> other = GPT2.trace("Hello", model -> model.output().save());
    assertThat(assertThrows(RunException.class, () -> prepared.run("Hello").value(other)))
        .hasMessageThat()
        .contains("belongs to another recording");
  }

  @Test
  void anOpenInputNeedsAPreparedRun() {
    PlanningException error =
        assertThrows(
            PlanningException.class,
            () -> {
              try (Generator<Gpt2> generator = GPT2.trace()) {
                generator.input().close();
              }
            });
    assertThat(error).hasMessageThat().contains("prepare(...)");
  }
}
