package org.nnsight4j.models.phi3;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Beside;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.FusedGatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** Phi-3: as Llama with joined projections, windows, and positions for long rows. */
@AutoService({Family.class, NetworkFactory.class})
public final class Phi3Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "phi3";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Phi3Config config = Phi3Config.of(json);
    return new DecoderSpec(
        architecture(),
        "Phi3ForCausalLM",
        config.sizes(),
        "num_hidden_layers",
        new Stack(
            "model",
            "Phi3Model",
            "layers",
            "embed_tokens",
            null,
            null,
            List.of(new RotaryTables("rotary_emb", "Phi3RotaryEmbedding", config.rope(), true)),
            norm("norm", config),
            null),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(Phi3Config config) {
    return new Block(
        "Phi3DecoderLayer",
        false,
        norm("input_layernorm", config),
        new Attention(
            "self_attn",
            "Phi3Attention",
            new Beside(Projection.linear("qkv_proj", false)),
            Math.pow(config.sizes().headDim(), -0.5),
            true,
            Projection.linear("o_proj", false),
            null,
            Mixing.within(config.window()),
            null),
        norm("post_attention_layernorm", config),
        new FusedGatedMlp(
            "mlp",
            "Phi3MLP",
            Projection.linear("gate_up_proj", false),
            "activation_fn",
            config.activation(),
            Projection.linear("down_proj", false)),
        new Sums(Sums.Way.IN_TURN, "resid_attn_dropout", "resid_mlp_dropout"));
  }

  private static Norm norm(String name, Phi3Config config) {
    return new Norm(name, "Phi3RMSNorm", Norm.Kind.RMS, config.epsilon());
  }
}
