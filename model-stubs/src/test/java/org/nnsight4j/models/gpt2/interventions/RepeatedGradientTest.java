package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Gradients at each step of a loop, and of gradients. */
final class RepeatedGradientTest {
  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  private static Value<Vocab> logit(Gpt2 model) {
    return model.output().at(-1).get("0, 42");
  }

  private static List<Tensor> generate(Function<Invoker<Gpt2>, List<Saved<Hidden>>> body) {
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(3).eosTokenId())) {
      List<Saved<Hidden>> saved = generator.invoke(IDS, body::apply);
      generator.run();
      return saved.stream().flatMap(each -> each.values().stream()).toList();
    }
  }

  private static List<Saved<Hidden>> looped(
      Invoker<Gpt2> invoker, Function<Gpt2, Saved<Hidden>> body) {
    Saved<Hidden> saved = invoker.allSteps().each(body);
    return List.of(saved);
  }

  private static Saved<Hidden> replaced(Gpt2 model, boolean byItself) {
    Value<Hidden> early = hidden(model, 1);
    Value<Hidden> late = hidden(model, 2);
    Value<Vocab> logit = logit(model);
    Value<Hidden> gradient = byItself ? late.gradient(logit).mul(2) : late.mul(0).add(1);
    late.setGradient(logit, gradient);
    return early.gradient(logit).save();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void replacedInALoopAsStepByStep(boolean byItself) {
    List<Tensor> looped = generate(invoker -> looped(invoker, model -> replaced(model, byItself)));
    List<Tensor> single =
        generate(
            invoker -> {
              List<Saved<Hidden>> saved = new ArrayList<>();
              for (int step = 0; step < 3; step++) {
                saved.add(replaced(invoker.step(step), byItself));
              }
              return saved;
            });
    assertThat(looped).hasSize(3);
    for (int step = 0; step < 3; step++) {
      assertClose("step " + step, looped.get(step), single.get(step), 1e-6);
    }
    if (byItself) {
      List<Tensor> plain =
          generate(
              invoker ->
                  looped(invoker, model -> hidden(model, 1).gradient(logit(model)).mul(2).save()));
      for (int step = 0; step < 3; step++) {
        assertClose("doubled " + step, looped.get(step), plain.get(step), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"5, 3", "2, 77", "0, 10"})
  void ofAGradientAsByCentralDifferences(int position, int width) {
    Saved<Hidden> second =
        trace(
            model -> {
              Value<Hidden> hidden = hidden(model, 1);
              return hidden.gradient(hidden.gradient(logit(model)).square().sum()).save();
            });
    double step = 0.05;
    double difference = squares(position, width, step) - squares(position, width, -step);
    assertThat(second.value().get(0, position, width)).isWithin(2e-5).of(difference / (2 * step));
  }

  private static double squares(int position, int width, double added) {
    return trace(
            model -> {
              Value<Hidden> one = hidden(model, 1).get("0, " + position + ", " + width);
              one.set(one.add(added));
              return hidden(model, 1).gradient(logit(model)).square().sum().save();
            })
        .value()
        .at(0);
  }

  @Test
  void ofAGradientThroughAppliedModulesAndWrites() {
    Saved<?> second =
        trace(
            model -> {
              Value<Hidden> hidden = hidden(model, 1);
              Value<Hidden> first = hidden.gradient(logit(model));
              Value<Hidden> applied = model.transformer().lnF().apply(first.mul(100));
              return hidden.gradient(applied.square().get("0, :, 3").sum()).norm().save();
            });
    assertThat(second.value().at(0)).isGreaterThan(1e-3);
  }
}
