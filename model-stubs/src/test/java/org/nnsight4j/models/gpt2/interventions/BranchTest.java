package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.logits;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What is recorded in a branch happens as it would outside, or not at all. */
final class BranchTest {
  static Stream<Consumer<Gpt2>> writes() {
    return Stream.of(
        model -> hidden(model).set(0),
        model -> hidden(model).set(Tensor.of(new float[128], 128)),
        model -> hidden(model).at(-1).set(0),
        model -> hidden(model).at(-1).set(hidden(model).at(0)),
        model -> hidden(model).get("0, 2").set(7));
  }

  private static Value<Hidden> hidden(Gpt2 model) {
    return model.transformer().h(2).output(0);
  }

  private static Value<Axis> truth(Gpt2 model, boolean expected) {
    Value<Axis> norm = model.transformer().h(0).output(0).norm();
    return expected ? norm.gt(0) : norm.lt(0);
  }

  @ParameterizedTest
  @MethodSource("writes")
  void writeOfNumbersFromOutsideOrOfTokens(Consumer<Gpt2> write) {
    Saved<Vocab> alone =
        trace(
            model -> {
              write.accept(model);
              return model.output().save();
            });
    Saved<Vocab> taken =
        trace(
            model -> {
              truth(model, true).cond(() -> write.accept(model));
              return model.output().save();
            });
    Saved<Vocab> untaken =
        trace(
            model -> {
              truth(model, false).cond(() -> write.accept(model));
              return model.output().save();
            });
    assertThat(taken.value()).isEqualTo(alone.value());
    assertThat(taken.value()).isNotEqualTo(logits());
    assertThat(untaken.value()).isEqualTo(logits());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneOfTwoConstants(boolean expected) {
    Saved<Axis> chosen =
        trace(
            model ->
                truth(model, expected)
                    .cond(
                        () -> model.output().<Axis>as(Axis.class).constant(Probe.floats(1)),
                        () -> model.output().<Axis>as(Axis.class).constant(Probe.floats(2)))
                    .save());
    assertThat(chosen.value().at(0)).isEqualTo(expected ? 1.0 : 2.0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void valueOfAnEarlierRun(boolean expected) {
    Saved<Vocab> saved =
        GPT2.session(
            session -> {
              Value<Hidden> earlier =
                  session.trace().invoke(IDS, invoker -> hidden(invoker.model()).mul(0.5));
              return session
                  .trace()
                  .invoke(
                      IDS,
                      invoker -> {
                        Gpt2 model = invoker.model();
                        truth(model, expected).cond(() -> hidden(model).set(earlier));
                        return model.output().save();
                      });
            });
    assertThat(saved.value().equals(logits())).isEqualTo(!expected);
  }
}
