package org.nnsight4j.models.qwen3moe;

import com.google.auto.service.AutoService;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Router.Choice;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.ExpertsMlp;
import org.nnsight4j.models.decoder.HeadNorms;
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** Qwen 3 with experts in some layers or all. */
@AutoService({Family.class, NetworkFactory.class})
public final class Qwen3MoeFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "qwen3_moe";
  }

  /** {@code Qwen3MoeConfig.attribute_map} reversed: its class reads the other name. */
  @Override
  public Map<String, String> aliases() {
    return Map.of("num_local_experts", "num_experts");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Qwen3MoeConfig config = Qwen3MoeConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(
            architecture(), "Qwen3Moe", config.sizes(), Norm.Kind.RMS, config.epsilon());
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, Qwen3MoeConfig config, int layer) {
    return layout.block(
        layout.attention(
            config.bias(),
            config.bias(),
            true,
            Mixing.within(config.window()),
            layout.headNorms(HeadNorms.Over.EACH_AT_POSITION)),
        config.sparse().get(layer)
            ? layout.experts(
                config.experts(),
                config.chosen(),
                config.toOne() ? Choice.OF_ALL_TO_ONE : Choice.OF_ALL,
                config.expertWidth(),
                new ExpertsMlp.Apart("gate_proj", "up_proj", "down_proj", config.activation()))
            : layout.mlp(config.activation(), false));
  }
}
