package org.nnsight4j.samples.heron;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.models.llama.EmbeddedLlama;
import org.nnsight4j.models.llama.Llama;
import org.nnsight4j.tensor.Tensor;

/** A family from outside computes what the embedded Llama does, whose weights it has. */
final class HeronTest {
  private static final String PROMPT = "When Mary and John went to the store, John gave a drink to";

  @TempDir private Path directory;

  private static void near(Tensor found, Tensor wanted) {
    assertThat(found.shape()).isEqualTo(wanted.shape());
    assertThat(found.toFloatArray()).usingTolerance(1e-4).containsExactly(wanted.toFloatArray());
  }

  @Test
  void numbersAreThoseOfTheSameWeightsByOtherNames() throws Exception {
    TraceHeron.write(directory);
    try (LanguageModel<Heron> heron = LanguageModel.open(new HeronModel(), directory);
        LanguageModel<Llama> llama = EmbeddedLlama.open().as(Llama.class)) {
      near(
          heron.trace(PROMPT, model -> model.output().save()).value(),
          llama.trace(PROMPT, model -> model.output().save()).value());
      near(
          heron
              .trace(PROMPT, model -> model.trunk().blocks(1).mix().pattern().output().save())
              .value(),
          llama
              .trace(PROMPT, model -> model.model().layers(1).selfAttn().pattern().output().save())
              .value());
      assertThat(heron.generate(maxNewTokens(3), PROMPT, model -> {}).newText(0))
          .isEqualTo(" Mary.");
    }
  }

  @Test
  void descriptorAndCheckpointAgreeAndTheViewIsThere() throws Exception {
    TraceHeron.write(directory);
    try (LanguageModel<AnyModel> any = LanguageModel.open(directory)) {
      assertThat(any.trace(PROMPT, model -> model.layer(3).mlpOut().save()).value().shape())
          .isEqualTo(new long[] {1, 15, 128});
    }
  }

  @Test
  void theViewOfAllDecodersIsOfAModelAndOfNothingElse() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Decoder.of("heron"));
    assertThat(refused)
        .hasMessageThat()
        .isEqualTo("expected a model as invoker.model() gives it, found java.lang.String");
  }
}
