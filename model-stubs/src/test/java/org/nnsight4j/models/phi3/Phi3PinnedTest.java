package org.nnsight4j.models.phi3;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** Phi-3's published sizes. */
final class Phi3PinnedTest {
  private static final String PHI3MINI4K =
      """
      {"model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
       "num_attention_heads": 32, "num_key_value_heads": 32, "vocab_size": 32064,
       "max_position_embeddings": 4096, "original_max_position_embeddings": 4096, "hidden_act":
       "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "rope_scaling": null,
       "sliding_window": 2047, "tie_word_embeddings": false, "num_hidden_layers": LAYERS}
      """;
  private static final String PHI4MINI =
      """
      {"model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
       "num_attention_heads": 24, "num_key_value_heads": 8, "vocab_size": 200064,
       "max_position_embeddings": 131072, "original_max_position_embeddings": 4096,
       "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
       "partial_rotary_factor": 0.75, "sliding_window": 262144, "rope_scaling": {"type":
       "longrope", "short_factor": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
       1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
       1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
       1.0, 1.0], "long_factor": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
       1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
       1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
       1.0, 1.0]}, "tie_word_embeddings": true, "num_hidden_layers": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new Phi3Mini4kModel(), PHI3MINI4K, "model.layers", 32, 3_821_079_552L),
        new Size(new Phi4MiniModel(), PHI4MINI, "model.layers", 32, 3_836_021_760L));
  }
}
