package org.nnsight4j.models.gptneox;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.arch.Model;
import org.nnsight4j.models.reference.PublishedSizes;
import org.nnsight4j.models.reference.PublishedSizes.Size;

/** Pythia's published sizes. */
final class GptNeoXPinnedTest {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> pythia() {
    return PublishedSizes.of(
        folder,
        pythia(new Pythia70MModel(), 512, 2048, 8, 6, 70_426_624L),
        pythia(new Pythia160MModel(), 768, 3072, 12, 12, 162_322_944L),
        pythia(new Pythia410MModel(), 1024, 4096, 16, 24, 405_334_016L));
  }

  private static Size pythia(
      Model<?> model, int hidden, int inner, int heads, int layers, long parameters) {
    return new Size(
        model,
        """
        {"model_type": "gpt_neox", "hidden_size": %s, "intermediate_size": %s,
         "num_attention_heads": %s, "vocab_size": 50304, "max_position_embeddings": 2048,
         "layer_norm_eps": 1e-05, "hidden_act": "gelu", "rotary_pct": 0.25,
         "rotary_emb_base": 10000, "use_parallel_residual": true, "tie_word_embeddings": false,
         "num_hidden_layers": LAYERS}
        """
            .formatted(hidden, inner, heads),
        "gpt_neox.layers",
        layers,
        parameters);
  }
}
