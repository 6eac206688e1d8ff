package org.nnsight4j.models.bloom;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.Biases;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Grouped;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;
import org.nnsight4j.models.decoder.Edges;
import org.nnsight4j.models.decoder.Mixing;

/**
 * BLOOM: biases for the positions of keys, normalised embeddings, halves that add inside their
 * modules.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class BloomFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "bloom";
  }

  /** {@code BloomConfig.attribute_map}, and the name of the width in the oldest files. */
  @Override
  public Map<String, String> aliases() {
    return Map.of(
        "num_hidden_layers", "n_layer",
        "num_attention_heads", "n_head",
        "n_embed", "hidden_size");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    BloomConfig config = BloomConfig.of(json);
    return new DecoderSpec(
        architecture(),
        "BloomForCausalLM",
        config.sizes(),
        "n_layer",
        new Stack(
            "transformer",
            "BloomModel",
            "h",
            "word_embeddings",
            null,
            null,
            List.of(),
            norm("ln_f", config),
            null,
            new Edges(null, null, norm("word_embeddings_layernorm", config))),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied()),
        new Storage(StoredNames.optionalPrefix("transformer."), List.of()));
  }

  private static Block block(BloomConfig config) {
    return new Block(
        "BloomBlock",
        true,
        norm("input_layernorm", config),
        new Attention(
            "self_attention",
            "BloomAttention",
            new Grouped(Projection.linear("query_key_value", true), false),
            1 / Math.sqrt(config.sizes().headDim()),
            false,
            Projection.linear("dense", true),
            null,
            Mixing.biased(new Biases(false, 1)),
            null),
        norm("post_attention_layernorm", config),
        new PlainMlp(
            "mlp",
            "BloomMLP",
            Projection.linear("dense_h_to_4h", true),
            "gelu_impl",
            // Its own class has a shorter constant, which is the same number in FP32.
            "gelu_new",
            Projection.linear("dense_4h_to_h", true),
            null),
        new Sums(config.toNormed() ? Sums.Way.INSIDE_TO_NORMED : Sums.Way.INSIDE, null, null));
  }

  private static Norm norm(String name, BloomConfig config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.epsilon());
  }
}
