package org.nnsight4j.models.phi;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** Phi's published sizes. */
final class PhiPinnedTest {
  private static final String PHI15 =
      """
      {"model_type": "phi", "hidden_size": 2048, "intermediate_size": 8192,
       "num_attention_heads": 32, "num_key_value_heads": null, "vocab_size": 51200,
       "max_position_embeddings": 2048, "hidden_act": "gelu_new", "layer_norm_eps": 1e-05,
       "partial_rotary_factor": 0.5, "qk_layernorm": false, "rope_theta": 10000.0,
       "rope_scaling": null, "tie_word_embeddings": false, "num_hidden_layers": LAYERS}
      """;
  private static final String PHI2 =
      """
      {"model_type": "phi", "hidden_size": 2560, "intermediate_size": 10240,
       "num_attention_heads": 32, "num_key_value_heads": null, "vocab_size": 51200,
       "max_position_embeddings": 2048, "hidden_act": "gelu_new", "layer_norm_eps": 1e-05,
       "partial_rotary_factor": 0.4, "qk_layernorm": false, "rope_theta": 10000.0,
       "rope_scaling": null, "tie_word_embeddings": false, "num_hidden_layers": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new Phi15Model(), PHI15, "model.layers", 24, 1_418_270_720L),
        new Size(new Phi2Model(), PHI2, "model.layers", 32, 2_779_683_840L));
  }
}
