package org.nnsight4j.models.olmo;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** OLMo 1's published sizes. */
final class OlmoPinnedTest {
  private static final String OLMO1B =
      """
      {"model_type": "olmo", "hidden_size": 2048, "intermediate_size": 8192,
       "num_attention_heads": 16, "num_key_value_heads": 16, "vocab_size": 50304,
       "max_position_embeddings": 2048, "hidden_act": "silu", "clip_qkv": null,
       "attention_bias": false, "rope_theta": 10000.0, "rope_scaling": null,
       "tie_word_embeddings": true, "num_hidden_layers": LAYERS}
      """;
  private static final String OLMO7B =
      """
      {"model_type": "olmo", "hidden_size": 4096, "intermediate_size": 11008,
       "num_attention_heads": 32, "num_key_value_heads": 32, "vocab_size": 50304,
       "max_position_embeddings": 2048, "hidden_act": "silu", "clip_qkv": null,
       "attention_bias": false, "rope_theta": 10000.0, "rope_scaling": null,
       "tie_word_embeddings": false, "num_hidden_layers": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new Olmo1BModel(), OLMO1B, "model.layers", 16, 1_176_764_416L),
        new Size(new Olmo7BModel(), OLMO7B, "model.layers", 32, 6_888_095_744L));
  }
}
