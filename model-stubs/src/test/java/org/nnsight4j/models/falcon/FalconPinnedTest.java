package org.nnsight4j.models.falcon;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** Falcon's published sizes. */
final class FalconPinnedTest {
  private static final String FALCONRW1B =
      """
      {"model_type": "falcon", "hidden_size": 2048, "num_attention_heads": 32, "vocab_size":
       50304, "alibi": true, "bias": true, "multi_query": false, "new_decoder_architecture":
       false, "parallel_attn": false, "layer_norm_epsilon": 1e-05, "num_hidden_layers": LAYERS}
      """;
  private static final String FALCON7B =
      """
      {"model_type": "falcon", "hidden_size": 4544, "num_attention_heads": 71, "vocab_size":
       65024, "alibi": false, "bias": false, "multi_query": true, "new_decoder_architecture":
       false, "parallel_attn": true, "layer_norm_epsilon": 1e-05, "num_hidden_layers": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new FalconRw1BModel(), FALCONRW1B, "transformer.h", 24, 1_311_625_216L),
        new Size(new Falcon7BModel(), FALCON7B, "transformer.h", 32, 6_921_720_704L));
  }
}
