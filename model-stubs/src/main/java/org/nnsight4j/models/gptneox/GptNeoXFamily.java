package org.nnsight4j.models.gptneox;

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
import org.nnsight4j.models.decoder.DecoderSpec.Grouped;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;

/** GPT-NeoX: query, key and value of each head in turn, partly rotated heads, parallel halves. */
@AutoService({Family.class, NetworkFactory.class})
public final class GptNeoXFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "gpt_neox";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    GptNeoXConfig config = GptNeoXConfig.of(json);
    return new DecoderSpec(
        architecture(),
        "GPTNeoXForCausalLM",
        config.sizes(),
        "num_hidden_layers",
        new Stack(
            "gpt_neox",
            "GPTNeoXModel",
            "layers",
            "embed_in",
            null,
            "emb_dropout",
            new RotaryTables("rotary_emb", "GPTNeoXRotaryEmbedding", config.rope()),
            norm("final_layer_norm", config)),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied()),
        new Storage(
            new StoredNames(
                Map.of("gpt_neox.", List.of("")),
                // Files of all versions use this name, which the module had until transformers 5.
                Map.of("lm_head.weight", List.of("embed_out.weight"))),
            // Buffers of older checkpoints: the causal mask and the frequencies.
            List.of(
                "gpt_neox\\.layers\\.\\d+\\.attention\\.(bias|masked_bias|rotary_emb\\.inv_freq)")));
  }

  private static Block block(GptNeoXConfig config) {
    return new Block(
        "GPTNeoXLayer",
        false,
        norm("input_layernorm", config),
        new Attention(
            "attention",
            "GPTNeoXAttention",
            new Grouped(Projection.linear("query_key_value", config.attentionBias()), false),
            Math.pow(config.sizes().headDim(), -0.5),
            true,
            Projection.linear("dense", config.attentionBias()),
            null),
        norm("post_attention_layernorm", config),
        new PlainMlp(
            "mlp",
            "GPTNeoXMLP",
            Projection.linear("dense_h_to_4h", true),
            "act",
            config.activation(),
            Projection.linear("dense_4h_to_h", true),
            null),
        new Sums(
            config.parallel() ? Sums.Way.AT_ONCE : Sums.Way.IN_TURN,
            "post_attention_dropout",
            "post_mlp_dropout"));
  }

  private static Norm norm(String name, GptNeoXConfig config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.epsilon());
  }
}
