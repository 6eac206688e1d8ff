package org.nnsight4j.models.gptoss;

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
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** GPT-OSS: clamped experts, windows on every other layer, sinks that take weight from keys. */
@AutoService({Family.class, NetworkFactory.class})
public final class GptOssFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "gpt_oss";
  }

  /** {@code GptOssConfig.attribute_map}. */
  @Override
  public Map<String, String> aliases() {
    return Map.of("num_experts", "num_local_experts");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    GptOssConfig config = GptOssConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "GptOss", config.sizes(), Norm.Kind.RMS, config.epsilon());
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, GptOssConfig config, int layer) {
    Integer window = config.types().window(layer, config.window());
    return layout.block(
        layout.attention(
            config.bias(), config.bias(), true, new Mixing(window, null, "sinks", null), null),
        new ExpertsMlp(
            "mlp",
            "GptOssMLP",
            new ExpertsMlp.Router(
                "router",
                "GptOssTopKRouter",
                config.experts(),
                config.chosen(),
                Choice.OF_CHOSEN,
                true),
            new ExpertsMlp.Experts(
                "experts",
                "GptOssExperts",
                config.sizes().inner(),
                new ExpertsMlp.Stacked(config.alpha(), config.limit()))));
  }
}
