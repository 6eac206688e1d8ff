package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.eosTokenId;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.numBeams;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Body;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Invoker;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Values of several rows while rows end or change places, and sites that do not run. */
final class RowsTest {
  private static final List<String> TWO =
      List.of(
          "The Eiffel Tower is in the city of", "Madison Square Garden is located in the city of");

  /** The token after which the second of {@link #TWO} ends, while the first goes on. */
  private static GenerateOptions endingTheSecond() {
    long end = GPT2.tokenizer().encode(" New")[0];
    return eosTokenId(end).maxNewTokens(3);
  }

  private static Saved<Axis> summed(GenerateOptions options, List<String> texts) {
    return GPT2.generate(
        options,
        generator ->
            generator.invoke(
                texts,
                invoker -> {
                  Value<Axis> zero =
                      invoker.constant(Tensor.of(new float[texts.size() * 128], texts.size(), 128));
                  return invoker
                      .allSteps()
                      .fold(
                          zero, (model, sum) -> sum.add(model.transformer().h(1).output(0).at(-1)))
                      .save();
                }));
  }

  @Test
  void aFoldOverRowsThatStayIsRight() {
    Tensor both = summed(maxNewTokens(2), TWO).value();
    Tensor first = summed(maxNewTokens(2), TWO.subList(0, 1)).value();
    for (int i = 0; i < 128; i++) {
      assertThat(both.get(0, i)).isWithin(1e-3).of(first.get(0, i));
    }
  }

  @Test
  void aFoldOverRowsThatEndIsRefused() {
    RunException error = assertThrows(RunException.class, () -> summed(endingTheSecond(), TWO));
    assertThat(error).hasMessageThat().contains("rows have ended or changed places");
    assertThat(error).hasMessageThat().contains("RowsTest.java:");
  }

  @Test
  void aValueOfAnEarlierStepDoesNotMeetOtherBeams() {
    RunException error =
        assertThrows(
            RunException.class,
            () ->
                GPT2.generate(
                    numBeams(3).maxNewTokens(4),
                    generator ->
                        generator.invoke(
                            TWO.get(0),
                            (Body<Invoker<Gpt2>, Boolean>)
                                invoker -> {
                                  Value<Hidden> early =
                                      invoker.step(1).transformer().h(1).output(0);
                                  invoker.step(3).transformer().h(1).output(0).set(early);
                                  return true;
                                })));
    assertThat(error).hasMessageThat().contains("rows have ended or changed places");
  }

  @Test
  void aValueOfThePromptReachesAllBeams() {
    Boolean done =
        GPT2.generate(
            numBeams(3).maxNewTokens(3),
            generator ->
                generator.invoke(
                    TWO.get(0),
                    (Body<Invoker<Gpt2>, Boolean>)
                        invoker -> {
                          Value<Hidden> prompt =
                              invoker.model().transformer().h(1).output(0).get(":, -1:");
                          invoker.step(2).transformer().h(1).output(0).set(prompt);
                          return true;
                        }));
    assertThat(done).isTrue();
  }

  @Test
  void aSkipInABranchIsNamed() {
    Saved<?> inner =
        GPT2.trace(
            TWO.get(0),
            model -> {
              Value<Hidden> before = model.transformer().h(0).output(0);
              before
                  .norm()
                  .gt(0)
                  .cond(() -> model.transformer().h(1).skip(model.transformer().h(1).input()));
              return model.transformer().h(1).mlp().output().mul(2).save();
            });
    RunException error = assertThrows(RunException.class, inner::value);
    assertThat(error)
        .hasMessageThat()
        .containsMatch(
            "it is inside transformer\\.h\\.1, which was skipped \\(at RowsTest\\.java:\\d+\\)");
  }

  @Test
  void aCacheLeavesOutSkippedModules() {
    record Both(Cache<Gpt2> cache) {}
    Both found =
        GPT2.generate(
            maxNewTokens(1),
            generator ->
                generator.invoke(
                    TWO.get(0),
                    invoker -> {
                      Cache<Gpt2> cache =
                          invoker.cache(
                              CacheOptions.paths("transformer.h.*", "transformer.h.*.mlp"));
                      Gpt2 model = invoker.model();
                      model.transformer().h(1).skip(model.transformer().h(1).input());
                      return new Both(cache);
                    }));
    Cache<Gpt2> cache = found.cache();
    assertThat(cache.get(model -> model.transformer().h(1).mlp().output()).isPresent()).isFalse();
    assertThat(cache.get(model -> model.transformer().h(2).mlp().output()).isPresent()).isTrue();
    assertThat(cache.get(model -> model.transformer().h(1).output(0)).value())
        .isEqualTo(cache.get(model -> model.transformer().h(0).output(0)).value());
  }
}
