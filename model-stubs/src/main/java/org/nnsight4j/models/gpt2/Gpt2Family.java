package org.nnsight4j.models.gpt2;

import com.google.auto.service.AutoService;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Fused;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.Sizes;

/** GPT-2: learned positions, one projection to queries, keys and values, biases everywhere. */
@AutoService({Family.class, NetworkFactory.class})
public final class Gpt2Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "gpt2";
  }

  /** {@code GPT2Config.attribute_map}. */
  @Override
  public Map<String, String> aliases() {
    return Map.of(
        "hidden_size", "n_embd",
        "max_position_embeddings", "n_positions",
        "num_attention_heads", "n_head",
        "num_hidden_layers", "n_layer");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Gpt2Config config = Gpt2Config.of(json);
    return new DecoderSpec(
        architecture(),
        "GPT2LMHeadModel",
        new Sizes(
            config.vocabulary(),
            config.positions(),
            config.hidden(),
            config.inner(),
            config.heads(),
            config.heads(),
            config.headDim()),
        "n_layer",
        new Stack(
            "transformer", "GPT2Model", "h", "wte", "wpe", "drop", null, norm("ln_f", config)),
        IntStream.range(0, config.layers()).mapToObj(layer -> block(config, layer)).toList(),
        new Head("lm_head", config.tied()),
        new Storage(
            StoredNames.optionalPrefix("transformer."),
            // Buffers of older checkpoints: the causal mask.
            List.of("(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)")));
  }

  private static Block block(Gpt2Config config, int layer) {
    return new Block(
        "GPT2Block",
        true,
        norm("ln_1", config),
        new Attention(
            "attn",
            "GPT2Attention",
            new Fused(Projection.conv1d("c_attn")),
            config.attentionScale(layer),
            false,
            Projection.conv1d("c_proj"),
            "resid_dropout"),
        norm("ln_2", config),
        new PlainMlp(
            "mlp",
            "GPT2MLP",
            Projection.conv1d("c_fc"),
            "act",
            config.activation(),
            Projection.conv1d("c_proj"),
            "dropout"));
  }

  private static Norm norm(String name, Gpt2Config config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.layerNormEpsilon());
  }
}
