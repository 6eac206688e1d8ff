package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** What follows the last block is what the model says. */
final class EarlyLogitsTest {
  /** The unembedding gives logits without the cap, which changes their probabilities. */
  @Test
  void theCapOfGemma2IsApplied() {
    Path caps = Path.of("../model-stubs/src/test/resources/fixtures/gemma2/caps");
    try (LanguageModel<AnyModel> model = LanguageModel.open(caps)) {
      Map<String, Saved<?>> early = new LinkedHashMap<>();
      Saved<?> logits;
      try (Generator<AnyModel> generator = model.trace();
          Invoker<AnyModel> invoker = generator.invoke(new long[] {3, 9, 1, 4})) {
        EarlyLogits.of(invoker.model()).forEach((layer, value) -> early.put(layer, value.save()));
        logits = invoker.model().logits().save();
      }
      assertThat(early.keySet()).containsExactly("layers.0", "layers.1", "layers.2").inOrder();
      Tensor last = early.get("layers.2").value();
      Tensor expected = logits.value();
      for (int i = 0; i < expected.size(); i++) {
        assertThat(last.at(i)).isWithin(1e-5).of(expected.at(i));
      }
    }
  }

  /** Errors of the view name the line of the program, not one of ours. */
  @Test
  void aMissingLayerIsReportedAtItsLine() {
    Path caps = Path.of("../model-stubs/src/test/resources/fixtures/gemma2/caps");
    try (LanguageModel<AnyModel> model = LanguageModel.open(caps)) {
      RecordingException error =
          assertThrows(
              RecordingException.class,
              () ->
                  model
                      .trace()
                      .run(
                          generator ->
                              generator.invoke(
                                  new long[] {3},
                                  invoker -> invoker.model().layer(3).output().save())));
      assertThat(error)
          .hasMessageThat()
          .contains("layer(3) does not exist: this model has 3, so 0 to 2");
      assertThat(error.location().orElseThrow().line().file()).isEqualTo("EarlyLogitsTest.java");
    }
  }
}
