package org.nnsight4j.models.qwen3moe;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.ExpertKeys;
import org.nnsight4j.models.decoder.LayerTypes;
import org.nnsight4j.models.decoder.LlamaSizes;
import org.nnsight4j.models.decoder.LlamaSizes.Usual;
import org.nnsight4j.models.decoder.RopeReader;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of Qwen 3 with experts' config.json that change numbers, with Hugging Face's defaults
 * ({@code Qwen3MoeConfig} of transformers 5).
 */
record Qwen3MoeConfig(
    int layers,
    Sizes sizes,
    String activation,
    double epsilon,
    boolean bias,
    OptionalInt window,
    int experts,
    int chosen,
    int expertWidth,
    boolean toOne,
    List<Boolean> sparse,
    boolean tied,
    Rope rope) {
  private static final LlamaSizes SIZES =
      new LlamaSizes(151_936, 2048, 6144, 32, Usual.of(4), Usual.derived());

  static Qwen3MoeConfig of(ModelConfig json) {
    UncomputedKeys.checkBesideWindows(json);
    ConfigKeys config = new ConfigKeys(json);
    Sizes sizes = SIZES.read(config);
    int layers = config.layers("num_hidden_layers", 24);
    OptionalInt window =
        config.flag("use_sliding_window", false)
            ? config.positiveOrNone("sliding_window", OptionalInt.of(4096))
            : OptionalInt.empty();
    LayerTypes.of(config, layers, layer -> window.isPresent()).requireAll(window.isPresent());
    int experts = ExpertKeys.experts(config, "num_experts", 128);
    return new Qwen3MoeConfig(
        layers,
        sizes,
        config.activation("hidden_act", "silu"),
        config.epsilon("rms_norm_eps", 1e-6),
        config.flag("attention_bias", false),
        window,
        experts,
        ExpertKeys.chosen(config, 8, experts),
        config.positive("moe_intermediate_size", 768),
        config.flag("norm_topk_prob", false),
        sparse(config, layers),
        config.flag("tie_word_embeddings", false),
        new RopeReader(
                json, sizes.headDim(), config.positive("max_position_embeddings", 32_768), 10_000)
            .read());
  }

  /** Which layers have experts: every n-th, except the listed ones. */
  private static List<Boolean> sparse(ConfigKeys config, int layers) {
    int step = config.positive("decoder_sparse_step", 1);
    List<Integer> dense = config.config().integers("mlp_only_layers");
    return IntStream.range(0, layers)
        .mapToObj(layer -> !dense.contains(layer) && (layer + 1) % step == 0)
        .toList();
  }
}
