package org.nnsight4j.models.bloom;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** BLOOM's published sizes. */
final class BloomPinnedTest {
  private static final String BLOOM560M =
      """
      {"model_type": "bloom", "hidden_size": 1024, "n_head": 16, "vocab_size": 250880,
       "layer_norm_epsilon": 1e-05, "apply_residual_connection_post_layernorm": false,
       "n_layer": LAYERS}
      """;
  private static final String BLOOM1B7 =
      """
      {"model_type": "bloom", "hidden_size": 2048, "n_head": 16, "vocab_size": 250880,
       "layer_norm_epsilon": 1e-05, "apply_residual_connection_post_layernorm": false,
       "n_layer": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new Bloom560MModel(), BLOOM560M, "transformer.h", 24, 559_214_592L),
        new Size(new Bloom1B7Model(), BLOOM1B7, "transformer.h", 24, 1_722_408_960L));
  }
}
