package org.nnsight4j.models.qwen3;

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
import org.nnsight4j.models.decoder.HeadNorms;
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** Qwen 3: normalised queries and keys, heads whose width is independent of the model's. */
@AutoService({Family.class, NetworkFactory.class})
public final class Qwen3Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "qwen3";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Qwen3Config config = Qwen3Config.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Qwen3", config.sizes(), Norm.Kind.RMS, config.epsilon());
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, Qwen3Config config, int layer) {
    return layout.block(
        layout.attention(
            config.bias(),
            config.bias(),
            true,
            Mixing.within(config.types().window(layer, config.window())),
            layout.headNorms(HeadNorms.Over.EACH_AT_POSITION)),
        layout.mlp(config.activation(), false));
  }
}
