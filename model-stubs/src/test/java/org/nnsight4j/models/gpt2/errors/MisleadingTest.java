package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.Layers;
import org.nnsight4j.Options;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Messages that once spoke of something else than the mistake, or could not be followed. */
final class MisleadingTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  @Test
  void numbersWithoutTheirShape() {
    assertThat(assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[5])))
        .hasMessageThat()
        .isEqualTo(
            "5 numbers need a shape, as in Tensor.of(numbers, 5); without one there is one number");
    assertThat(assertThrows(IllegalArgumentException.class, () -> Tensor.of(new long[5], 2, 3)))
        .hasMessageThat()
        .isEqualTo("the shape [2, 3] has 6 elements, found 5 numbers");
    assertThat(Tensor.of(new float[5], 5).shape()).isEqualTo(new long[] {5});
  }

  @Test
  void layersThatAreOne() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () -> GPT2.trace(TEXT, model -> Layers.of(i -> model.transformer()).get(0)));
    assertThat(error)
        .hasMessageThat()
        .startsWith(
            "Layers.of needs a function that gives another layer for each index, such as"
                + " model.transformer()::h; this one gives 'transformer' for all (at"
                + " MisleadingTest.java:");
  }

  @Test
  void partsOfLayers() {
    GPT2.trace(
        TEXT,
        model -> {
          List<?> mlps = Layers.of(i -> model.transformer().h(i).mlp());
          assertThat(mlps.toString())
              .isEqualTo(
                  "[transformer.h.0.mlp, transformer.h.1.mlp, transformer.h.2.mlp,"
                      + " transformer.h.3.mlp]");
          assertThat(Layers.of(model.transformer()::h)).hasSize(4);
          return model.output().save();
        });
    RecordingException unbound =
        assertThrows(RecordingException.class, () -> Layers.of(new Gpt2Model().transformer()::h));
    assertThat(unbound).hasMessageThat().contains("use invoker.model()");
  }

  @Test
  void aPromptThatIsTooLongForATrace() {
    PlanningException error =
        assertThrows(
            PlanningException.class,
            () -> GPT2.trace(TEXT.repeat(40), model -> model.output().save()));
    assertThat(error)
        .hasMessageThat()
        .matches(
            "a prompt of (\\d+) tokens needs \\1 positions, this model has 128; shorten the prompt"
                + " \\(at MisleadingTest.java:\\d+\\)");
    PlanningException several =
        assertThrows(
            PlanningException.class,
            () -> {
              try (Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(3))) {
                generator.invoke(TEXT.repeat(40)).close();
                generator.run();
              }
            });
    assertThat(several).hasMessageThat().contains("and 3 new ones need");
  }

  /** Of ids the length is known, of text only in the run. */
  @Test
  void innerLengthsThatDiffer() {
    Probe.unrecordable(
        model -> hidden(model).matMul(hidden(model)).save(),
        "matMul of transformer.h.1.output: [batch=1, position=6, hidden=128] times [batch=1,"
            + " position=6, hidden=128]: the inner lengths 128 and 6 differ");
    RunException error =
        assertThrows(
            RunException.class,
            () -> GPT2.trace(TEXT, model -> hidden(model).matMul(hidden(model)).save()));
    assertThat(error)
        .hasMessageThat()
        .startsWith(
            "matMul of transformer.h.1.output: [1, 8, 128] times [1, 8, 128]: the inner lengths 128"
                + " and 8 differ (at MisleadingTest.java:");
    beginsHere(error);
  }

  /** By the method, where the operation of the graph is called otherwise. */
  @Test
  void methodsAreCalledAsTheyWereWritten() {
    Probe.unrecordable(
        model -> hidden(model).take(9, hidden(model)).save(), "take of transformer.h.1.output: ");
    Probe.unrecordable(
        model -> hidden(model).normP(1, 9).save(), "normP of transformer.h.1.output: ");
    Probe.unrecordable(
        model -> hidden(model).gt(0).mod(2).save(), "mod of gt at MisleadingTest.java:");
    Probe.unrecordable(model -> hidden(model).argMax(9).save(), "argMax of transformer.h.1.output");
  }

  /** The first line of a stack trace is the reader's own. */
  @Test
  void stacksBeginInTheUsersCode() {
    beginsHere(
        assertThrows(
            RecordingException.class,
            () -> GPT2.trace(TEXT, model -> model.transformer().h(9).output(0).save())));
    beginsHere(
        assertThrows(
            RecordingException.class,
            () -> GPT2.trace(TEXT, model -> hidden(model).swapAxes(0, 9).save())));
    beginsHere(
        assertThrows(
            PlanningException.class,
            () -> GPT2.trace(TEXT.repeat(40), model -> model.output().save())));
    beginsHere(
        assertThrows(
            RecordingException.class,
            () -> GPT2.trace(TEXT, model -> hidden(model).add((Value<Hidden>) null).save())));
  }

  private static void beginsHere(Nnsight4jException error) {
    assertThat(error.getStackTrace()[0].getClassName()).isEqualTo(MisleadingTest.class.getName());
  }

  private static Value<Hidden> hidden(Gpt2 model) {
    return model.transformer().h(1).output(0);
  }

  @Test
  void creationsOfADataType() {
    record Created(Saved<?> zeros, Saved<?> ones, Saved<?> eye, Saved<?> line) {}
    Created created =
        GPT2.trace()
            .run(
                generator -> {
                  try (Invoker<Gpt2> invoker = generator.invoke(TEXT)) {
                    return new Created(
                        invoker.create().zeros(DType.INT64, 2, 3).save(),
                        invoker.create().ones(DType.BOOL, 2).save(),
                        invoker.create().eye(2, DType.FLOAT64).save(),
                        invoker.create().linspace(0, 1, 3, DType.FLOAT64).save());
                  }
                })
            .result();
    assertThat(created.zeros().value()).isEqualTo(Tensor.of(new long[6], 2, 3));
    assertThat(created.ones().value()).isEqualTo(Tensor.of(new boolean[] {true, true}, 2));
    assertThat(created.eye().value()).isEqualTo(Tensor.of(new double[] {1, 0, 0, 1}, 2, 2));
    assertThat(created.line().value()).isEqualTo(Tensor.of(new double[] {0, 0.5, 1}, 3));
  }
}
