package org.nnsight4j.models.gptj;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** GPT-J's published sizes. */
final class GptJPinnedTest {
  private static final String GPTJ6B =
      """
      {"model_type": "gptj", "n_embd": 4096, "n_head": 16, "n_inner": null, "n_positions":
       2048, "rotary_dim": 64, "vocab_size": 50400, "activation_function": "gelu_new",
       "layer_norm_epsilon": 1e-05, "tie_word_embeddings": false, "n_layer": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder, new Size(new GptJ6BModel(), GPTJ6B, "transformer.h", 28, 6_050_882_784L));
  }
}
