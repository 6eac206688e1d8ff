package org.nnsight4j.models.gpt2.descriptor;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.MayBeAbsent;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;

/** A layer that this checkpoint lacks causes no error unless it is used. */
final class OptionalLayerTest {
  @Architecture("gpt2")
  interface Projected extends Layer<Vocab> {
    @At("transformer.h")
    TupleLayer<Hidden> block(@Index("n_layer") int layer);

    @MayBeAbsent
    @At("embeddings_project")
    Layer<Hidden> projection();
  }

  interface Vocab extends Axis {}

  interface Hidden extends Axis {}

  @Test
  void isRefusedWhereItIsUsed() {
    try (LanguageModel<Projected> model =
        LanguageModel.open(new OptionalLayerTest_ProjectedModel(), EmbeddedGpt2.directory())) {
      Saved<Hidden> hidden = model.trace("Hello", gpt2 -> gpt2.block(1).output(0).save());
      assertThat(hidden.value().rank()).isEqualTo(3);
      RecordingException absent =
          assertThrows(
              RecordingException.class,
              () -> model.trace("Hello", gpt2 -> gpt2.projection().output().save()));
      assertThat(absent)
          .hasMessageThat()
          .startsWith(
              "the checkpoint has no module 'embeddings_project'; the descriptor does not fit this"
                  + " checkpoint (at OptionalLayerTest.java:");
    }
  }
}
