package org.nnsight4j.models.opt;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** OPT's published sizes. */
final class OptPinnedTest {
  private static final String OPT125M =
      """
      {"model_type": "opt", "hidden_size": 768, "ffn_dim": 3072, "num_attention_heads": 12,
       "vocab_size": 50272, "max_position_embeddings": 2048, "activation_function": "relu",
       "do_layer_norm_before": true, "word_embed_proj_dim": 768, "num_hidden_layers": LAYERS}
      """;
  private static final String OPT350M =
      """
      {"model_type": "opt", "hidden_size": 1024, "ffn_dim": 4096, "num_attention_heads": 16,
       "vocab_size": 50272, "max_position_embeddings": 2048, "activation_function": "relu",
       "do_layer_norm_before": false, "word_embed_proj_dim": 512, "num_hidden_layers": LAYERS}
      """;
  private static final String OPT1B =
      """
      {"model_type": "opt", "hidden_size": 2048, "ffn_dim": 8192, "num_attention_heads": 32,
       "vocab_size": 50272, "max_position_embeddings": 2048, "activation_function": "relu",
       "do_layer_norm_before": true, "word_embed_proj_dim": 2048, "num_hidden_layers": LAYERS}
      """;

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> sizes() {
    return PublishedSizes.of(
        folder,
        new Size(new Opt125MModel(), OPT125M, "model.decoder.layers", 12, 125_239_296L),
        new Size(new Opt350MModel(), OPT350M, "model.decoder.layers", 24, 331_196_416L),
        new Size(new Opt1BModel(), OPT1B, "model.decoder.layers", 24, 1_315_758_080L));
  }
}
