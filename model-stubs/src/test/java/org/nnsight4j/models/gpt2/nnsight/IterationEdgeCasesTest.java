package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generateAll;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.text;
import static org.nnsight4j.models.gpt2.nnsight.Suite.token;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.Options;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.HeadDim;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Inner;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_iter_edge_cases.py}. GPT-2 has no recurrent module, so those tests call one. */
final class IterationEdgeCasesTest {
  private record Calls(List<Saved<Inner>> inner, Saved<Hidden> last) {}

  /** An MLP three times in a row; the neurons of one call can be zeroed. */
  private static Calls threeCalls(int zeroed) {
    return trace(
        invoker -> {
          List<Saved<Inner>> inner = new ArrayList<>();
          Value<Hidden> value = hidden(invoker.model(), 0);
          for (int call = 0; call < 3; call++) {
            Gpt2.Mlp mlp = invoker.call(m -> m.transformer().h(1).mlp(), value);
            if (call == zeroed) {
              mlp.act().output().set(0);
            }
            inner.add(mlp.act().output().save());
            value = mlp.output();
          }
          return new Calls(inner, value.save());
        });
  }

  @Test
  void iterIndexesInnerCallsWithinOneTrace() {
    Calls found = threeCalls(-1);
    assertThat(found.inner()).hasSize(3);
    assertThat(found.inner().stream().map(Saved::value).distinct().count()).isEqualTo(3);
  }

  @Test
  void iterSpecificInnerCall() {
    Saved<Hidden> nested =
        trace(
            invoker -> {
              Gpt2.Mlp mlp = invoker.model().transformer().h(1).mlp();
              return mlp.apply(mlp.apply(hidden(invoker.model(), 0))).save();
            });
    Saved<Inner> direct =
        trace(
            invoker -> {
              Gpt2.Mlp mlp = invoker.model().transformer().h(1).mlp();
              Value<Hidden> once = mlp.apply(hidden(invoker.model(), 0));
              return mlp.act().apply(mlp.cFc().apply(once)).save();
            });
    assertThat(nested.value().rank()).isEqualTo(3);
    assertThat(threeCalls(-1).inner().get(1).value()).isEqualTo(direct.value());
  }

  @Test
  void iterModifiesSpecificInnerCall() {
    Calls plain = threeCalls(-1);
    Calls zeroed = threeCalls(1);
    assertThat(zeroed.inner().get(0).value()).isEqualTo(plain.inner().get(0).value());
    assertThat(isZero(zeroed.inner().get(1).value())).isTrue();
    assertThat(zeroed.inner().get(2).value()).isNotEqualTo(plain.inner().get(2).value());
    assertThat(zeroed.last().value()).isNotEqualTo(plain.last().value());
  }

  private static Saved<Hidden> branch(boolean taken) {
    return trace(
        invoker -> {
          Value<Hidden> hidden = hidden(invoker.model(), 1);
          Value<?> condition = hidden.norm().gt(taken ? 0 : 1e9);
          List<Saved<Hidden>> saved = new ArrayList<>();
          condition.cond(() -> saved.add(hidden(invoker.model(), 2).save()));
          return saved.get(0);
        });
  }

  @Test
  void unfiredBranchRaisesMissedProvider() {
    Saved<Hidden> saved = branch(false);
    assertThat(saved.isPresent()).isFalse();
    RunException error = assertThrows(RunException.class, saved::value);
    assertThat(error).hasMessageThat().contains("its branch was not taken");
  }

  @Test
  void firedBranchWorks() {
    Saved<Hidden> plain = trace(invoker -> hidden(invoker.model(), 2).save());
    assertThat(branch(true).value()).isEqualTo(plain.value());
  }

  @Test
  void boundedSlicePastLengthWarnsAndLocalsLost() {
    PlanningException error =
        assertThrows(
            PlanningException.class,
            () -> generate(2, i -> i.steps(5, 7).each(model -> token(model).save())));
    assertThat(error).hasMessageThat().contains("steps 5 to 6");
    assertThat(error).hasMessageThat().contains("steps 0 to 1");
    assertThat(error).hasMessageThat().contains("IterationEdgeCasesTest.java:");
    // A loop that only ends too late gives what there was.
    Saved<Axis> found = generate(2, i -> i.steps(1, 7).each(m -> token(m).save())).recorded();
    assertThat(found.steps()).containsExactly(1);
    assertThat(text(found)).isEqualTo(" York");
  }

  @Test
  void iterPastLengthNoModuleAccessRunsBody() {
    List<String> calls = new ArrayList<>();
    String text =
        generate(
                2,
                i -> {
                  i.steps(5, 6).forEach(model -> calls.add("once"));
                  return i;
                })
            .newText();
    assertThat(calls).containsExactly("once");
    assertThat(text).isEqualTo(" New York");
  }

  @Test
  void trailingPurePythonAfterIterRuns() {
    List<String> calls = new ArrayList<>();
    Saved<Axis> found =
        generate(
                2,
                i -> {
                  Saved<Axis> tokens = i.allSteps().each(model -> token(model).save());
                  calls.add("after");
                  return tokens;
                })
            .recorded();
    assertThat(calls).containsExactly("after");
    assertThat(found.values()).hasSize(2);
  }

  /** nnsight #595: what stands behind an open loop. It is recorded, so it happens too. */
  @Test
  void trailingModuleAccessAfterIterRaises() {
    record Two(Saved<Axis> loop, Saved<Axis> after) {}
    Two found =
        generate(
                3,
                i ->
                    new Two(
                        i.allSteps().each(model -> token(model).save()), token(i.model()).save()))
            .recorded();
    assertThat(found.loop().values()).hasSize(3);
    assertThat(found.after().value()).isEqualTo(found.loop().at(0).orElseThrow());
  }

  /** nnsight #595: an end token before the loop's end must not cost what was saved before. */
  @Test
  void endTokenInsideALoopKeepsWhatWasSaved() {
    long city = generate(3, i -> 0).generator().output().newIds(0)[2];
    record Three(Saved<Axis> tokens, Saved<Axis> late, Saved<Axis> before) {}
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(6).eosTokenId(city));
    Three found =
        generator.invoke(
            MSG,
            i ->
                new Three(
                    i.steps(0, 6).each(model -> token(model).save()),
                    token(i.step(4)).save(),
                    token(i.step(1)).save()));
    generator.close();
    assertThat(text(found.tokens())).isEqualTo(" New York City");
    assertThat(found.tokens().steps()).containsExactly(0, 1, 2).inOrder();
    assertThat(found.late().isPresent()).isFalse();
    assertThat(text(List.of(found.before().value()))).isEqualTo(" York");
  }

  @Test
  void boundedSliceRunsTwice() {
    assertThat(stepsOf(1, 3)).containsExactly(1, 2).inOrder();
  }

  @Test
  void boundedSliceFullRange() {
    assertThat(stepsOf(0, 4)).containsExactly(0, 1, 2, 3).inOrder();
  }

  /** The steps that a loop's own index says it was at. */
  private static List<Integer> stepsOf(int from, int to) {
    List<Saved<Axis>> index = new ArrayList<>();
    generate(
        4,
        i -> {
          i.steps(from, to).forEach((model, step) -> index.add(step.save()));
          return i;
        });
    List<Integer> said = index.get(0).values().stream().map(t -> (int) t.item()).toList();
    assertThat(index.get(0).steps()).isEqualTo(said);
    return said;
  }

  @Test
  void twoInvokesIndependentIter() {
    List<Saved<Axis>> found =
        generateAll(
                3,
                generator ->
                    List.of(
                        generator.invoke(MSG, i -> i.allSteps().each(m -> token(m).save())),
                        generator.invoke(Suite.ET, i -> i.allSteps().each(m -> token(m).save()))))
            .recorded();
    assertThat(text(found.get(0))).isEqualTo(" New York City");
    assertThat(text(found.get(1))).startsWith(" Paris");
    assertThat(found.get(0).at(0)).isNotEqualTo(found.get(1).at(0));
  }

  @Test
  void twoInvokesDifferentIterRanges() {
    List<Saved<Axis>> found =
        generateAll(
                3,
                generator ->
                    List.of(
                        generator.invoke(MSG, i -> i.steps(0, 1).each(m -> token(m).save())),
                        generator.invoke(MSG, i -> i.steps(1, 3).each(m -> token(m).save()))))
            .recorded();
    assertThat(found.get(0).steps()).containsExactly(0);
    assertThat(found.get(1).steps()).containsExactly(1, 2).inOrder();
    assertThat(text(found.get(1))).isEqualTo(" York City");
  }

  /** Broken in nnsight, works here. */
  @Test
  void moduleNextOutsideIterLoopIsBroken() {
    assertThat(nextTokens()).isEqualTo(" New York City");
  }

  @Test
  void tracerNextOutsideIterLoopIsBroken() {
    Saved<Axis> second = generate(2, i -> token(i.next()).save()).recorded();
    assertThat(text(List.of(second.value()))).isEqualTo(" York");
  }

  private static String nextTokens() {
    List<Saved<Axis>> tokens =
        generate(
                3,
                i ->
                    List.of(
                        token(i.model()).save(), token(i.next()).save(), token(i.next()).save()))
            .recorded();
    return text(tokens.stream().map(Saved::value).toList());
  }

  /** The loop's step is the loop's: moving on inside it is refused. */
  @Test
  void tracerNextInsideIterWorks() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () -> generate(3, i -> i.allSteps().each(m -> token(i.next()).save())));
    assertThat(error).hasMessageThat().contains("inside a loop over steps");
    assertThat(nextTokens()).isEqualTo(" New York City");
  }

  private static Saved<HeadDim> queries(boolean before) {
    return generate(
            3,
            i -> {
              if (before) {
                assertThat(i.model().transformer().h(0).attn().q().output()).isNotNull();
              }
              return i.allSteps()
                  .each(model -> model.transformer().h(0).attn().q().output().save());
            })
        .recorded();
  }

  @Test
  void sourceBuiltPreIterWorks() {
    assertThat(queries(true).steps()).containsExactly(0, 1, 2).inOrder();
  }

  @Test
  void sourceBuiltMidIterMissesFirst() {
    assertThat(queries(false).values()).isEqualTo(queries(true).values());
  }

  /** There is no streamer; a look at each step's token is one. */
  @Test
  void huggingfaceTextIteratorStreamer() {
    List<Tensor> streamed = new ArrayList<>();
    Suite.Run<Saved<Hidden>> run =
        generate(
            3,
            i -> {
              i.allSteps().forEach(model -> token(model).peek(streamed::add));
              return i.allSteps().each(model -> hidden(model, 1).save());
            });
    assertThat(streamed).hasSize(3);
    assertThat(text(streamed)).isEqualTo(run.newText());
    assertThat(run.recorded().values()).hasSize(3);
  }

  @Test
  void traceNoInputRaisesValueError() {
    Generator<Gpt2> generator = GPT2.trace();
    RunException error = assertThrows(RunException.class, generator::close);
    assertThat(error).hasMessageThat().contains("there is nothing to run");
    try (Generator<Gpt2> other = GPT2.trace();
        Invoker<Gpt2> invoker = other.invoke(MSG)) {
      assertThat(invoker.model()).isNotNull();
    }
  }
}
