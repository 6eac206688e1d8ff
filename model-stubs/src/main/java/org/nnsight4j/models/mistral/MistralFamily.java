package org.nnsight4j.models.mistral;

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
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** Mistral: no biases, and a window on all layers or none. */
@AutoService({Family.class, NetworkFactory.class})
public final class MistralFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "mistral";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    MistralConfig config = MistralConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Mistral", config.sizes(), Norm.Kind.RMS, config.epsilon());
    Block block =
        layout.block(
            layout.attention(false, false, true, Mixing.within(config.window()), null),
            layout.mlp(config.activation(), false));
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        Collections.nCopies(config.layers(), block),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }
}
