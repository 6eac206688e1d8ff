package org.nnsight4j.models.qwen2;

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

/**
 * Qwen 2 and 2.5: biases of queries, keys and values, and windows that released models do not use.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class Qwen2Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "qwen2";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Qwen2Config config = Qwen2Config.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Qwen2", config.sizes(), Norm.Kind.RMS, config.epsilon());
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, Qwen2Config config, int layer) {
    return layout.block(
        layout.attention(
            true, false, true, Mixing.within(config.types().window(layer, config.window())), null),
        layout.mlp(config.activation(), false));
  }
}
