package org.nnsight4j.models.gptneo;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** Published sizes of GPT-Neo and TinyStories; which layers are local changes no shape. */
final class GptNeoPinnedTest {
  private static final String TINYSTORIES1M =
      """
      {"model_type": "gpt_neo", "hidden_size": 64, "num_heads": 16, "intermediate_size": null,
       "max_position_embeddings": 2048, "vocab_size": 50257, "window_size": 256,
       "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05,
       "attention_types": [[["local"], LAYERS]], "num_layers": LAYERS}
      """;
  private static final String TINYSTORIES33M =
      """
      {"model_type": "gpt_neo", "hidden_size": 768, "num_heads": 16, "intermediate_size":
       null, "max_position_embeddings": 2048, "vocab_size": 50257, "window_size": 256,
       "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05,
       "attention_types": [[["local"], LAYERS]], "num_layers": LAYERS}
      """;
  private static final String GPTNEO125M =
      """
      {"model_type": "gpt_neo", "hidden_size": 768, "num_heads": 12, "intermediate_size":
       null, "max_position_embeddings": 2048, "vocab_size": 50257, "window_size": 256,
       "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05,
       "attention_types": [[["local"], LAYERS]], "num_layers": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new TinyStories1MModel(), TINYSTORIES1M, "transformer.h", 8, 3_745_984L),
        new Size(new TinyStories33MModel(), TINYSTORIES33M, "transformer.h", 4, 68_514_048L),
        new Size(new GptNeo125MModel(), GPTNEO125M, "transformer.h", 12, 125_198_592L));
  }
}
