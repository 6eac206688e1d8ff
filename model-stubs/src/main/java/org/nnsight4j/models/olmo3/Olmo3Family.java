package org.nnsight4j.models.olmo3;

import com.google.auto.service.AutoService;
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

/** OLMo 3: OLMo 2 with windows on three of four layers, which have rotary tables of their own. */
@AutoService({Family.class, NetworkFactory.class})
public final class Olmo3Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "olmo3";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Olmo3Config config = Olmo3Config.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Olmo3", config.sizes(), Norm.Kind.RMS, config.epsilon());
    return layout.spec(
        layout.tables(config.types(), config.full(), config.sliding()),
        null,
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }

  private static Block block(LlamaLayout layout, Olmo3Config config, int layer) {
    return layout.normedAfter(
        layout.attention(
            config.bias(),
            config.bias(),
            true,
            new Mixing(
                config.types().window(layer, config.window()),
                null,
                null,
                LlamaLayout.tablesOf(config.types(), layer)),
            layout.headNorms(HeadNorms.Over.ALL)),
        layout.mlp(config.activation(), false));
  }
}
