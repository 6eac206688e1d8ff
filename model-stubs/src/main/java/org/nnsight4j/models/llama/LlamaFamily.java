package org.nnsight4j.models.llama;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.GatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Separate;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;

/** Llama: rotary positions, keys and values that query heads may share, a gated MLP. */
@AutoService({Family.class, NetworkFactory.class})
public final class LlamaFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "llama";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    LlamaConfig config = LlamaConfig.of(json);
    return new DecoderSpec(
        architecture(),
        "LlamaForCausalLM",
        config.sizes(),
        "num_hidden_layers",
        new Stack(
            "model",
            "LlamaModel",
            "layers",
            "embed_tokens",
            null,
            null,
            new RotaryTables("rotary_emb", "LlamaRotaryEmbedding", config.rope()),
            norm("norm", config)),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied()),
        new Storage(
            StoredNames.optionalPrefix("model."),
            // Buffers of older checkpoints: the frequencies, which follow from config.json.
            List.of("model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq")));
  }

  private static Block block(LlamaConfig config) {
    boolean bias = config.attentionBias();
    return new Block(
        "LlamaDecoderLayer",
        false,
        norm("input_layernorm", config),
        new Attention(
            "self_attn",
            "LlamaAttention",
            new Separate(
                Projection.linear("q_proj", bias),
                Projection.linear("k_proj", bias),
                Projection.linear("v_proj", bias)),
            Math.pow(config.sizes().headDim(), -0.5),
            true,
            Projection.linear("o_proj", bias),
            null),
        norm("post_attention_layernorm", config),
        new GatedMlp(
            "mlp",
            "LlamaMLP",
            Projection.linear("gate_proj", config.mlpBias()),
            Projection.linear("up_proj", config.mlpBias()),
            "act_fn",
            config.activation(),
            Projection.linear("down_proj", config.mlpBias())));
  }

  private static Norm norm(String name, LlamaConfig config) {
    return new Norm(name, "LlamaRMSNorm", Norm.Kind.RMS, config.epsilon());
  }
}
