package org.nnsight4j.models.gptj;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Each;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;

/**
 * GPT-J: neighbouring features that are rotated together, one normalisation for both halves, an
 * unembedding with a bias.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class GptJFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "gptj";
  }

  /** {@code GPTJConfig.attribute_map}. */
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
    GptJConfig config = GptJConfig.of(json);
    return new DecoderSpec(
        architecture(),
        "GPTJForCausalLM",
        config.sizes(),
        "n_layer",
        new Stack(
            "transformer",
            "GPTJModel",
            "h",
            "wte",
            null,
            "drop",
            RotaryTables.hidden(config.rope()),
            norm("ln_f", config)),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied(), null, true),
        new Storage(
            StoredNames.optionalPrefix("transformer."),
            // Buffers of older checkpoints: the causal mask.
            List.of("transformer\\.h\\.\\d+\\.attn\\.(bias|masked_bias)")));
  }

  private static Block block(GptJConfig config) {
    return new Block(
        "GPTJBlock",
        true,
        norm("ln_1", config),
        new Attention(
            "attn",
            "GPTJAttention",
            new Each(
                Projection.linear("q_proj", false),
                Projection.linear("k_proj", false),
                Projection.linear("v_proj", false)),
            1 / Math.sqrt(config.sizes().headDim()),
            true,
            Projection.linear("out_proj", false),
            "resid_dropout"),
        null,
        new PlainMlp(
            "mlp",
            "GPTJMLP",
            Projection.linear("fc_in", true),
            "act",
            config.activation(),
            Projection.linear("fc_out", true),
            "dropout"),
        new Sums(Sums.Way.AT_ONCE, null, null));
  }

  private static Norm norm(String name, GptJConfig config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.epsilon());
  }
}
