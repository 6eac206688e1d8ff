package org.nnsight4j.models.smollm3;

import com.google.auto.service.AutoService;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** SmolLM 3: every fourth layer has no positions. */
@AutoService({Family.class, NetworkFactory.class})
public final class SmolLM3Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "smollm3";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    SmolLM3Config config = SmolLM3Config.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "SmolLM3", config.sizes(), Norm.Kind.RMS, config.epsilon());
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, SmolLM3Config config, int layer) {
    return layout.block(
        layout.attention(
            config.attentionBias(),
            config.attentionBias(),
            config.turns().get(layer),
            Mixing.within(config.types().window(layer, config.window())),
            null),
        layout.mlp(config.activation(), config.mlpBias()));
  }
}
