package org.nnsight4j.models.olmo2;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
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

/**
 * OLMo 2: normalisations follow the halves of a block instead of preceding them; all queries of a
 * position are normalised together, and all keys.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class Olmo2Family extends DecoderFamily {
  @Override
  public String architecture() {
    return "olmo2";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Olmo2Config config = Olmo2Config.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Olmo2", config.sizes(), Norm.Kind.RMS, config.epsilon());
    Block block =
        layout.normedAfter(
            layout.attention(
                config.bias(),
                config.bias(),
                true,
                Mixing.PLAIN,
                layout.headNorms(HeadNorms.Over.ALL)),
            layout.mlp(config.activation(), false));
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        Collections.nCopies(config.layers(), block),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }
}
