package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.floats;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Gradients against central differences, and what replaces them. */
final class GradientTest {
  private static final double STEP = 0.05;

  static Stream<Function<Gpt2, Value<?>>> sites() {
    return Stream.of(
        model -> model.transformer().wte().output(),
        model -> model.transformer().h(1).output(0),
        model -> model.transformer().h(2).attn().q().output(),
        model -> model.transformer().h(2).attn().v().output(),
        model -> model.transformer().h(2).attn().pattern().output(),
        model -> model.transformer().h(2).mlp().act().output(),
        model -> model.transformer().lnF().input(),
        model -> model.transformer().h(3).output(0).at(-1));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("sites")
  @SuppressWarnings("unchecked")
  void equalsCentralDifferences(Function<Gpt2, Value<?>> site) {
    Tensor gradient = trace(model -> site.apply(model).gradient(loss(model)).save()).value();
    int steepest = 0;
    for (int i = 0; i < gradient.size(); i++) {
      steepest = Math.abs(gradient.at(i)) > Math.abs(gradient.at(steepest)) ? i : steepest;
    }
    double[] around = new double[2];
    for (int side = 0; side < 2; side++) {
      double[] bump = new double[gradient.size()];
      bump[steepest] = side == 0 ? STEP : -STEP;
      Tensor moved = floats(gradient.shape(), bump);
      around[side] =
          trace(
                  model -> {
                    Value<Hidden> value = (Value<Hidden>) site.apply(model);
                    value.set(value.add(value.constant(moved)));
                    return loss(model).save();
                  })
              .value()
              .item();
    }
    double slope = (around[0] - around[1]) / (2 * STEP);
    assertThat(gradient.at(steepest)).isWithin(2e-2 * Math.abs(slope)).of(slope);
  }

  @Test
  void replacedGradientFlowsOnlyToEarlierValues() {
    record Three(Saved<Hidden> early, Saved<Hidden> middle, Saved<Hidden> late) {}
    Function<Double, Three> scaled =
        factor ->
            trace(
                model -> {
                  Value<Hidden> early = model.transformer().h(0).output(0);
                  Value<Hidden> middle = model.transformer().h(1).output(0);
                  Value<Hidden> late = model.transformer().h(2).output(0);
                  Value<Axis> loss = loss(model);
                  if (factor != 1) {
                    middle.setGradient(loss, middle.gradient(loss).mul(factor));
                  }
                  return new Three(
                      early.gradient(loss).save(),
                      middle.gradient(loss).save(),
                      late.gradient(loss).save());
                });
    Three plain = scaled.apply(1.0);
    Three tripled = scaled.apply(3.0);
    assertClose("late", tripled.late().value(), plain.late().value(), 1e-6);
    assertClose("middle", tripled.middle().value(), times(plain.middle().value(), 3), 1e-5);
    assertClose("early", tripled.early().value(), times(plain.early().value(), 3), 1e-5);
  }

  @Test
  void numbersFromOutsideHaveGradients() {
    Tensor steering = floats(new double[128]);
    record Two(Saved<?> vector, Saved<?> sum) {}
    Two found =
        trace(
            model -> {
              Value<Hidden> hidden = model.transformer().h(1).output(0);
              Value<Hidden> vector = hidden.constant(steering);
              hidden.set(hidden.add(vector));
              Value<Hidden> moved = model.transformer().h(1).output(0);
              Value<Axis> loss = loss(model);
              return new Two(vector.gradient(loss).save(), moved.gradient(loss).sum(0, 1).save());
            });
    assertClose("steering vector", found.vector().value(), found.sum().value(), 1e-5);
  }

  @Test
  void valueThatTheNumberDoesNotDependOnHasGradientZero() {
    Tensor zero =
        trace(
                model -> {
                  Value<Hidden> aside = model.transformer().h(1).output(0).mul(2);
                  return aside.gradient(loss(model)).save();
                })
            .value();
    assertThat(zero).isEqualTo(floats(zero.shape(), new double[IDS.length * 128]));
  }

  @Test
  void numberThatDependsOnNothingIsRefused() {
    refused(
        RecordingException.class,
        () ->
            trace(
                model -> {
                  Value<Hidden> hidden = model.transformer().h(1).output(0);
                  return hidden
                      .gradient(model.output().argMax(-1).toType(DType.FLOAT32).sum())
                      .save();
                }),
        "has no gradient",
        "GradientTest.java");
  }

  private static Value<Axis> loss(Gpt2 model) {
    return model.output().logSoftmax(-1).get("0, -1, 7").sum();
  }

  private static Tensor times(Tensor tensor, double factor) {
    double[] scaled = tensor.toDoubleArray();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return floats(tensor.shape(), scaled);
  }
}
