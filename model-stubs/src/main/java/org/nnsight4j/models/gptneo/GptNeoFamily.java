package org.nnsight4j.models.gptneo;

import com.google.auto.service.AutoService;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.Around;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Each;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Storage;
import org.nnsight4j.models.decoder.Mixing;

/** GPT-Neo: learned positions, scores that are not scaled, windows in local layers. */
@AutoService({Family.class, NetworkFactory.class})
public final class GptNeoFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "gpt_neo";
  }

  /** {@code GPTNeoConfig.attribute_map}. */
  @Override
  public Map<String, String> aliases() {
    return Map.of("num_attention_heads", "num_heads", "num_hidden_layers", "num_layers");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    GptNeoConfig config = GptNeoConfig.of(json);
    return new DecoderSpec(
        architecture(),
        "GPTNeoForCausalLM",
        config.sizes(),
        "num_layers",
        new Stack(
            "transformer", "GPTNeoModel", "h", "wte", "wpe", "drop", null, norm("ln_f", config)),
        IntStream.range(0, config.kinds().size()).mapToObj(layer -> block(config, layer)).toList(),
        new Head("lm_head", config.tied()),
        new Storage(
            StoredNames.optionalPrefix("transformer."),
            // Buffers of older checkpoints: the causal mask.
            List.of("transformer\\.h\\.\\d+\\.attn\\.attention\\.(bias|masked_bias)")));
  }

  private static Block block(GptNeoConfig config, int layer) {
    return new Block(
        "GPTNeoBlock",
        true,
        norm("ln_1", config),
        new Attention(
            "attention",
            "GPTNeoSelfAttention",
            new Each(
                Projection.linear("q_proj", false),
                Projection.linear("k_proj", false),
                Projection.linear("v_proj", false)),
            1,
            false,
            Projection.linear("out_proj", true),
            "resid_dropout",
            Mixing.within(config.window(layer)),
            null,
            new Around(null, new Around.Wrapper("attn", "GPTNeoAttention"))),
        norm("ln_2", config),
        new PlainMlp(
            "mlp",
            "GPTNeoMLP",
            Projection.linear("c_fc", true),
            "act",
            config.activation(),
            Projection.linear("c_proj", true),
            "dropout"));
  }

  private static Norm norm(String name, GptNeoConfig config) {
    return new Norm(name, "LayerNorm", Norm.Kind.LAYER, config.epsilon());
  }
}
