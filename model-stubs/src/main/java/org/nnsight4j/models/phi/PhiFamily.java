package org.nnsight4j.models.phi;

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
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Separate;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;
import org.nnsight4j.models.decoder.HeadNorms;
import org.nnsight4j.models.decoder.Mixing;

/** Phi: one normalisation for both halves, partly rotated heads, biases everywhere. */
@AutoService({Family.class, NetworkFactory.class})
public final class PhiFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "phi";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    PhiConfig config = PhiConfig.of(json);
    return new DecoderSpec(
        architecture(),
        "PhiForCausalLM",
        config.sizes(),
        "num_hidden_layers",
        new Stack(
            "model",
            "PhiModel",
            "layers",
            "embed_tokens",
            null,
            "embed_dropout",
            new RotaryTables("rotary_emb", "PhiRotaryEmbedding", config.rope()),
            norm("final_layernorm", config)),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied(), null, true),
        new Storage(
            StoredNames.optionalPrefix("model."),
            // Buffers of older checkpoints: the frequencies.
            List.of("model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq")));
  }

  private static Block block(PhiConfig config) {
    return new Block(
        "PhiDecoderLayer",
        false,
        norm("input_layernorm", config),
        new Attention(
            "self_attn",
            "PhiAttention",
            new Separate(
                Projection.linear("q_proj", true),
                Projection.linear("k_proj", true),
                Projection.linear("v_proj", true)),
            Math.pow(config.sizes().headDim(), -0.5),
            true,
            Projection.linear("dense", true),
            null,
            Mixing.PLAIN,
            config.normedHeads()
                ? new HeadNorms(
                    norm("q_layernorm", config), norm("k_layernorm", config), HeadNorms.Over.EACH)
                : null),
        null,
        new PlainMlp(
            "mlp",
            "PhiMLP",
            Projection.linear("fc1", true),
            "activation_fn",
            config.activation(),
            Projection.linear("fc2", true),
            null),
        new Sums(Sums.Way.AT_ONCE, null, null));
  }

  private static Norm norm(String name, PhiConfig config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.epsilon());
  }
}
