package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.floats;
import static org.nnsight4j.models.gpt2.Probe.refused;
import static org.nnsight4j.models.gpt2.Probe.thrownAt;
import static org.nnsight4j.models.gpt2.Probe.trace;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** What cannot be recorded is refused where it is recorded, on the user's line. */
final class RecordingErrorsTest {
  private static final Tensor WIDE = floats(new double[7]);

  @ParameterizedTest(name = "h({0})")
  @ValueSource(ints = {4, -5, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void layerThatDoesNotExist(int layer) {
    unrecordable(
        model -> model.transformer().h(layer).output(0),
        "transformer.h(" + layer + ") does not exist",
        "this checkpoint has 4 (n_layer)");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 10_001, Integer.MAX_VALUE})
  void aLoopThatIsTooLong(int most) {
    unrecordable(
        model -> hidden(model).iterate(most, value -> value.mul(2), value -> value.norm().gt(1)),
        "iterate(" + most + ", ...) needs 0 to 10000");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, -1})
  void elementThatTheTupleLacks(int element) {
    unrecordable(
        model -> model.transformer().h(2).output(element),
        "transformer.h.2",
        "the tuple of transformer.h.2 has one element, output(0)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0, 6", "0, -7", "1", "0, 2:9", "0, 4:2", "0, 0:4:0", "0, 0:4:-1"})
  void indexOutOfRange(String index) {
    unrecordable(model -> hidden(model).get(index), "of transformer.h.1.output");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "1..2",
        "0,,1",
        "1:2:3:4",
        "..., ...",
        "0, 0, 0, 0",
        "99999999999999999999"
      })
  void malformedIndex(String index) {
    unrecordable(model -> hidden(model).get(index), "transformer.h.1.output", "index");
  }

  @ParameterizedTest
  @ValueSource(ints = {6, -7})
  void positionOutsideThePrompt(int position) {
    unrecordable(
        model -> hidden(model).at(position), "at(" + position + ") is outside", "6 positions");
  }

  static Stream<Arguments> mismatches() {
    return Stream.<Function<Value<Hidden>, ?>>of(
            x -> x.add(vector(x)),
            x -> x.sub(vector(x)),
            x -> x.mul(vector(x)),
            x -> x.div(vector(x)),
            x -> x.pow(vector(x)),
            x -> x.maximum(vector(x)),
            x -> x.minimum(vector(x)),
            x -> x.eq(vector(x)),
            x -> x.gte(vector(x)),
            x -> x.logicalAnd(vector(x)),
            x -> x.where(vector(x).gt(0), x),
            x -> x.where(x.gt(0), vector(x)),
            x -> x.matMul(vector(x)),
            x -> x.matMul(WIDE),
            x -> x.concat(vector(x), 0),
            x -> x.stack(0, vector(x)),
            x -> x.reshape(7, 7),
            x -> x.reshape(-1, -1),
            x -> x.reshape(-2, 3),
            x -> x.reshape(Long.MAX_VALUE, 2),
            x -> x.transpose(0, 1),
            x -> x.transpose(0, 1, 1),
            x -> x.transpose(0, 1, 3),
            x -> x.swapAxes(0, 3),
            x -> x.expandDims(4),
            x -> x.squeeze(2),
            x -> x.sum(3),
            x -> x.mean(-4),
            x -> x.max(1, 1),
            x -> x.norm(0, -3),
            x -> x.sum(5, true),
            x -> x.norm(new int[] {0, -4}, true),
            x -> x.argMax(3),
            x -> x.argMin(-4),
            x -> x.softmax(3),
            x -> x.logSoftmax(-4),
            x -> x.topK(0, -1),
            x -> x.topK(129, -1),
            x -> x.topK(1, 3),
            x -> x.take(3, whole(x)),
            x -> x.take(0, whole(x).reshape(1, 2)),
            x -> x.gather(0, whole(x)),
            x -> x.gradient(x),
            x -> x.as(Gpt2.Vocab.class))
        .map(Arguments::of);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("mismatches")
  void shapesThatDoNotFit(Function<Value<Hidden>, ?> bad) {
    unrecordable(model -> bad.apply(hidden(model)));
  }

  static Stream<Arguments> dtypes() {
    return Stream.<Function<Value<Hidden>, ?>>of(
            x -> x.matMul(x.swapAxes(1, 2).toType(DType.FLOAT64)),
            x -> x.concat(x.toType(DType.INT64), 0),
            x -> x.where(x, x),
            x -> x.gt(0).add(x.gt(0)),
            x -> x.gt(0).neg(),
            x -> x.gt(0).mean(),
            x -> x.toType(DType.INT64).softmax(-1),
            x -> x.toType(DType.INT64).gelu(),
            x -> x.toType(DType.INT64).std(),
            x -> x.any(),
            x -> x.take(0, x.get("0, 0")),
            x -> x.gather(0, x),
            x -> x.gt(0).argMax(0),
            x -> x.gt(0).topK(1, 0),
            x -> x.gt(0).sub(1),
            x -> x.toType(DType.INT64).gradient(x.sum()),
            x -> x.gradient(x.argMax(-1).sum()))
        .map(Arguments::of);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("dtypes")
  void dataTypesThatDoNotFit(Function<Value<Hidden>, ?> bad) {
    unrecordable(model -> bad.apply(hidden(model)));
  }

  static Stream<Arguments> writes() {
    return Stream.<Function<Gpt2, Runnable>>of(
            model -> () -> hidden(model).set(WIDE),
            model -> () -> hidden(model).set(Tensor.of(new double[128], 128)),
            model -> () -> hidden(model).get("0, 0").set(WIDE),
            model -> () -> hidden(model).at(-1).set(floats(new double[256])),
            model -> () -> hidden(model).set(floats(new long[] {2, 6, 128}, new double[1536])),
            model -> () -> hidden(model).add(1).set(0),
            model -> () -> hidden(model).sum().set(0),
            model -> () -> hidden(model).constant(WIDE).set(0),
            model -> () -> hidden(model).set(later(model)),
            model -> () -> hidden(model).get("0").set(later(model).get("0").mul(2)),
            model -> () -> hidden(model).at(1).set(later(model).at(1)),
            model -> () -> model.transformer().wte().input().set(0.5),
            model -> () -> model.transformer().wte().input().set(Double.NaN),
            model -> () -> hidden(model).add(0).setGradient(later(model).sum(), later(model)),
            model -> () -> hidden(model).get("0").setGradient(later(model).sum(), later(model)))
        .map(Arguments::of);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("writes")
  void writesThatCannotBe(Function<Gpt2, Runnable> bad) {
    unrecordable(
        model -> {
          bad.apply(model).run();
          return model;
        });
  }

  static Stream<Arguments> nulls() {
    return Stream.<Function<Value<Hidden>, ?>>of(
            x -> x.add((Value<Hidden>) null),
            x -> x.matMul((Tensor) null),
            x -> x.get((String) null),
            x -> x.get((Slice[]) null),
            x -> x.get((Slice) null),
            x -> x.where(null, x),
            x -> x.concat((Value<Hidden>) null, 0),
            x -> x.stack(0, x, null),
            x -> x.toType(null),
            x -> x.constant(null),
            x -> x.gradient(null),
            x -> x.sum((int[]) null),
            x -> x.sum(null, true),
            x -> x.as(null))
        .map(Arguments::of);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("nulls")
  void nullIsNotAnArgument(Function<Value<Hidden>, ?> bad) {
    unrecordable(model -> bad.apply(hidden(model)), "null");
  }

  @Test
  void anAxisThatIsNotKept() {
    unrecordable(
        model -> hidden(model).norm(-1, false),
        "norm of transformer.h.1.output: keepDims is false; without it the type of the result has no"
            + " width, so leave the argument out");
  }

  @Test
  void positionOfPartOfTheBatch() {
    refused(
        RecordingException.class,
        () ->
            trace(
                new long[][] {{1, 2, 3}, {4, 5}}, model -> hidden(model).get("1:2").at(-1).save()),
        "at(-1)",
        "whole rows");
  }

  @Test
  void valueOfAnotherRun() {
    List<Value<Hidden>> kept =
        trace(
            model -> {
              hidden(model).save();
              return List.of(hidden(model));
            });
    unrecordable(model -> hidden(model).add(kept.get(0)), "belongs to another run");
    refused(RecordingException.class, () -> kept.get(0).add(1), "the run has begun");
    refused(RecordingException.class, () -> kept.get(0).save(), "the run has begun");
  }

  @Test
  void proxyOutsideARun() {
    Gpt2 model = new Gpt2Model();
    for (Runnable bad :
        List.<Runnable>of(
            () -> model.transformer().h(0).output(0),
            () -> model.lmHead().apply(null),
            () -> model.transformer().h(-1))) {
      RecordingException error = refused(RecordingException.class, bad, "use invoker.model()");
      assertThat(error).hasMessageThat().contains(thrownAt(error));
    }
  }

  @Test
  void applyToAValueThatDoesNotFit() {
    unrecordable(model -> model.lmHead().apply(hidden(model).get(":, :, 0:5")), "lm_head", "128");
    unrecordable(model -> model.transformer().wte().apply(hidden(model)), "wte", "INT64");
    unrecordable(model -> model.transformer().apply(hidden(model)), "more than one input");
    unrecordable(model -> model.lmHead().apply(null), "null");
    unrecordable(
        model -> model.transformer().h(1).apply(hidden(model).at(-1)),
        "transformer.h.1",
        "[batch, position, hidden=128]");
  }

  @Test
  void errorThatTheBodyCatchesStillStopsTheRun() {
    refused(
        RecordingException.class,
        () ->
            trace(
                model -> {
                  assertThrows(RecordingException.class, () -> model.transformer().h(9));
                  return hidden(model).save();
                }),
        "transformer.h(9)",
        "RecordingErrorsTest.java");
  }

  private static Value<Hidden> hidden(Gpt2 model) {
    return model.transformer().h(1).output(0);
  }

  private static Value<Hidden> later(Gpt2 model) {
    return model.transformer().h(3).output(0);
  }

  @SuppressWarnings("unchecked")
  private static Value<Hidden> vector(Value<Hidden> x) {
    return (Value<Hidden>) (Value<?>) x.constant(WIDE);
  }

  private static Value<Axis> whole(Value<Hidden> x) {
    return x.argMax(-1).get("0, 0:2").as(Axis.class);
  }
}
