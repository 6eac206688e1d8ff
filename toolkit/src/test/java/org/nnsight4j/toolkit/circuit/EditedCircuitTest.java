package org.nnsight4j.toolkit.circuit;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.values.Value;

/** Circuits of a model with edits: exact where parts still add up, refused elsewhere. */
final class EditedCircuitTest {
  private static final long[] CLEAN = {3, 17, 9, 5};
  private static final long[] CORRUPTED = {3, 17, 11, 5};

  /** The MLP gives twice as much, and a vector is added to the stream. */
  private static Edit addingUp(LanguageModel<AnyModel> model) {
    float[] shift = new float[Passes.width(model)];
    shift[1] = 3;
    return model.edit(
        invoker -> {
          Decoder view = Decoder.of(invoker.model());
          Value<Axis> mlp = Passes.any(view.layer(0).mlpOut());
          mlp.set(mlp.mul(2));
          Value<Axis> stream = Passes.any(view.layer(0).output());
          stream.set(stream.add(stream.constant(Tensor.of(shift, shift.length))));
        });
  }

  /** The stream loses half of one of its numbers. */
  private static Edit changingTheStream(LanguageModel<AnyModel> model) {
    float[] half = new float[Passes.width(model)];
    java.util.Arrays.fill(half, 1);
    half[1] = 0.5f;
    return model.edit(
        invoker -> {
          Value<Axis> stream = Passes.any(Decoder.of(invoker.model()).layer(0).output());
          stream.set(stream.mul(stream.constant(Tensor.of(half, half.length))));
        });
  }

  @Test
  void runsWherePartsAddUp() {
    try (LanguageModel<AnyModel> own = Reference.open("two-heads");
        LanguageModel<AnyModel> model = own.with(addingUp(own))) {
      EdgeAttribution attribution = EdgeAttribution.of(model).answer(4).against(7).steps(40);
      EdgeAttributionResult edges = attribution.run(CLEAN, CORRUPTED);
      EdgeAttributionResult without =
          EdgeAttribution.of(own).answer(4).against(7).steps(40).run(CLEAN, CORRUPTED);
      assertThat(edges.clean()).isNotWithin(1e-3).of(without.clean());
      double difference = Math.abs(edges.clean() - edges.corrupted());
      // Integrated gradients are complete: what reads the embedding says all of the difference.
      assertThat(edges.completenessError()).isWithin(0.1 * difference).of(0);
      FaithfulnessResult curve =
          Faithfulness.of(model)
              .answer(4)
              .against(7)
              .shares(0, 0.5, 1)
              .run(edges.circuit(), CLEAN, CORRUPTED);
      assertThat(curve.faithfulness(0)).isWithin(1e-3).of(0);
      assertThat(curve.faithfulness(2)).isWithin(1e-3).of(1);
      // All but one edge is a patch of that edge, with the path from the embedding to the logits.
      PathPatchingResult paths =
          PathPatching.of(model)
              .answer(4)
              .against(7)
              .from(CircuitNode.mlp(1))
              .into(Receiver.logits())
              .noise()
              .run(CLEAN, CORRUPTED);
      double cut =
          Faithfulness.of(model)
              .answer(4)
              .against(7)
              .measure(
                  edges.circuit().including(edge -> !edge.name().equals("m1->logits")),
                  CLEAN,
                  CORRUPTED);
      assertThat(cut).isWithin(1e-3).of(paths.measure(CircuitNode.mlp(1)));
    }
  }

  @Test
  void refusesWhereTheyDoNot() {
    try (LanguageModel<AnyModel> own = Reference.open("two-heads");
        LanguageModel<AnyModel> model = own.with(changingTheStream(own))) {
      EdgeAttribution attribution = EdgeAttribution.of(model).answer(4).against(7);
      assertThat(assertThrows(RunException.class, () -> attribution.run(CLEAN, CORRUPTED)))
          .hasMessageThat()
          .isEqualTo(
              "edge attribution adds up what heads and MLPs write, and this model has edits (1) that change the residual stream in another way: up to h.0 they do not add up; run it on the model without them, or after clearEdits(). PathPatching runs with them");
      Circuit circuit =
          EdgeAttribution.of(own).answer(4).against(7).plain().run(CLEAN, CORRUPTED).circuit();
      Faithfulness faithfulness = Faithfulness.of(model).answer(4).against(7);
      for (var wrong :
          java.util.List.<org.junit.jupiter.api.function.Executable>of(
              () -> faithfulness.run(circuit, CLEAN, CORRUPTED),
              () -> faithfulness.measure(circuit, CLEAN, CORRUPTED))) {
        assertThat(assertThrows(RunException.class, wrong))
            .hasMessageThat()
            .startsWith("faithfulness adds up what heads and MLPs write");
      }
      assertThat(
              PathPatching.of(model)
                  .answer(4)
                  .into(Receiver.logits())
                  .run(CLEAN, CORRUPTED)
                  .clean())
          .isFinite();
    }
  }
}
