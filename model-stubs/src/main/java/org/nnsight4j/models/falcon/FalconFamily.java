package org.nnsight4j.models.falcon;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Rope;
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
import org.nnsight4j.models.decoder.DecoderSpec.RotaryTables;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;
import org.nnsight4j.models.decoder.Mixing;

/** Falcon: groups of heads that share a key, in three layouts; rotary positions or ALiBi. */
@AutoService({Family.class, NetworkFactory.class})
public final class FalconFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "falcon";
  }

  /** The name of the width in the oldest files. */
  @Override
  public Map<String, String> aliases() {
    return Map.of("n_embed", "hidden_size");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    FalconConfig config = FalconConfig.of(json);
    Rope rope = config.rope();
    return new DecoderSpec(
        architecture(),
        "FalconForCausalLM",
        config.sizes(),
        "num_hidden_layers",
        new Stack(
            "transformer",
            "FalconModel",
            "h",
            "word_embeddings",
            null,
            null,
            rope == null ? null : new RotaryTables("rotary_emb", "FalconRotaryEmbedding", rope),
            norm("ln_f", config)),
        Collections.nCopies(config.layers(), block(config)),
        new Head("lm_head", config.tied()),
        new Storage(
            StoredNames.optionalPrefix("transformer."),
            // Buffers of older checkpoints: the frequencies.
            List.of(
                "transformer\\.h\\.\\d+\\.self_attention\\.(maybe_rotary|rotary_emb)\\.inv_freq")));
  }

  private static Block block(FalconConfig config) {
    boolean bias = config.bias();
    double root = Math.sqrt(config.sizes().headDim());
    return new Block(
        "FalconDecoderLayer",
        true,
        norm(config.norms() == FalconConfig.Norms.TWO ? "ln_attn" : "input_layernorm", config),
        new Attention(
            "self_attention",
            "FalconAttention",
            new Grouped(linear("query_key_value", bias), true),
            1 / root,
            config.rope() != null,
            linear("dense", bias),
            null,
            config.rope() == null ? Mixing.biased(new Biases(true, root)) : Mixing.PLAIN,
            null),
        switch (config.norms()) {
          case ONE -> null;
          case TWO -> norm("ln_mlp", config);
          case IN_TURN -> norm("post_attention_layernorm", config);
        },
        new PlainMlp(
            "mlp",
            "FalconMLP",
            linear("dense_h_to_4h", bias),
            "act",
            config.activation(),
            linear("dense_4h_to_h", bias),
            null),
        new Sums(
            config.norms() == FalconConfig.Norms.IN_TURN
                ? Sums.Way.IN_TURN
                : Sums.Way.AT_ONCE_NORMS_FIRST,
            null,
            null));
  }

  private static Projection linear(String name, boolean bias) {
    return new Projection(name, Projection.Layout.FALCON, bias);
  }

  private static Norm norm(String name, FalconConfig config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.epsilon());
  }
}
