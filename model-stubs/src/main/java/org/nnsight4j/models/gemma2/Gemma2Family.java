package org.nnsight4j.models.gemma2;

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
 * Gemma 2: caps on scores and logits, windows on every other layer, four normalisations in a block.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class Gemma2Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "gemma2";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Gemma2Config config = Gemma2Config.of(json);
    LlamaLayout layout =
        new LlamaLayout(
            architecture(), "Gemma2", config.sizes(), Norm.Kind.RMS_PLUS_ONE, config.epsilon());
    return layout.spec(
        List.of(layout.tables(config.rope())),
        layout.scaledByWidth(),
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied(), Mixing.orNull(config.logitCap())),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, Gemma2Config config, int layer) {
    return layout.normedAround(
        layout.attention(
            config.bias(),
            config.bias(),
            Math.pow(config.queryScalar(), -0.5),
            true,
            new Mixing(
                config.types().window(layer, config.window()),
                Mixing.orNull(config.scoreCap()),
                null,
                null),
            null),
        layout.mlp(config.activation(), false));
  }
}
