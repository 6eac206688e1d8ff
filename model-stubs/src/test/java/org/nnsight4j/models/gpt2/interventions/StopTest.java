package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** stop() comes after what is recorded before it, and what comes after the last step still does. */
final class StopTest {
  private record Ended(int tokens, Saved<?> saved) {}

  private static Ended generate(Function<Invoker<Gpt2>, Saved<?>> body) {
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(5).eosTokenId())) {
      Saved<?> saved = generator.invoke(IDS, body::apply);
      generator.run();
      return new Ended(generator.output().newIds(0).length, saved);
    }
  }

  private static Value<Axis> norm(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0).norm();
  }

  @Test
  void afterABranchThatReadsLater() {
    List<Saved<?>> inner = new ArrayList<>();
    Ended ended =
        generate(
            invoker -> {
              Gpt2 model = invoker.model();
              norm(model, 0).gt(0).cond(() -> inner.add(norm(model, 3).save()));
              invoker.stop();
              return inner.get(0);
            });
    assertThat(ended.saved().isPresent()).isTrue();
    assertThat(ended.tokens()).isEqualTo(0);
  }

  @Test
  void afterTheLastStepOfALoop() {
    Ended ended =
        generate(
            invoker -> {
              Saved<?> saved = invoker.steps(0, 3).each(model -> norm(model, 3).save());
              invoker.stop();
              return saved;
            });
    assertThat(ended.saved().steps()).containsExactly(0, 1, 2).inOrder();
    assertThat(ended.tokens()).isEqualTo(2);
  }

  @Test
  void aLoopsResultExistsAllTheSame() {
    Ended ended =
        generate(
            invoker -> {
              Value<Axis> first = norm(invoker.model(), 3).mul(0);
              Value<Axis> sum =
                  invoker.steps(0, 3).fold(first, (model, so) -> so.add(norm(model, 3)));
              Saved<?> saved = sum.add(1).save();
              invoker.stop();
              return saved;
            });
    Saved<?> each = generate(i -> i.steps(0, 3).each(model -> norm(model, 3).save())).saved();
    double expected = 1 + each.values().stream().mapToDouble(value -> value.at(0)).sum();
    assertThat(ended.saved().value().at(0)).isWithin(1e-3).of(expected);
    assertThat(ended.tokens()).isEqualTo(2);
  }

  @Test
  void nothingToStopAfter() {
    refused(
        RecordingException.class,
        () ->
            generate(
                invoker -> {
                  Saved<?> saved = invoker.allSteps().each(model -> norm(model, 3).save());
                  invoker.stop();
                  return saved;
                }),
        "only a loop without end",
        "StopTest.java");
    refused(
        RecordingException.class,
        () ->
            generate(
                invoker -> {
                  Value<Axis> first = norm(invoker.model(), 0);
                  Value<Axis> sum =
                      invoker.steps(0, 3).fold(first, (model, so) -> so.add(norm(model, 3)));
                  sum.gt(0).cond(invoker::stop);
                  return sum.save();
                }),
        "only after the last step",
        "StopTest.java");
  }

  @Test
  void moduleOnALoopsResultHasItsSites() {
    record Two(Saved<Hidden> sum, Saved<?> neurons) {}
    List<Two> found = new ArrayList<>();
    generate(
        invoker -> {
          Value<Hidden> first = invoker.model().transformer().h(0).output(0).at(-1);
          Value<Hidden> sum =
              invoker
                  .steps(0, 3)
                  .fold(first, (model, so) -> so.add(model.transformer().h(3).output(0).at(-1)));
          Gpt2.Mlp mlp = invoker.call(model -> model.transformer().h(1).mlp(), sum);
          found.add(new Two(sum.save(), mlp.act().output().save()));
          return mlp.output().save();
        });
    Tensor sum = found.get(0).sum().value();
    Saved<?> expected =
        Probe.trace(
            model -> {
              Gpt2.Mlp mlp = model.transformer().h(1).mlp();
              return mlp.act().apply(mlp.cFc().apply(mlp.output().constant(sum))).save();
            });
    assertClose("neurons", found.get(0).neurons().value(), expected.value(), 1e-5);
  }
}
