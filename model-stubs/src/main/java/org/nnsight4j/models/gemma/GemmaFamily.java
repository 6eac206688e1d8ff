package org.nnsight4j.models.gemma;

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

/**
 * Gemma 1: weights of normalisations around 0, embeddings scaled by the square root of their width.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class GemmaFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "gemma";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    GemmaConfig config = GemmaConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(
            architecture(), "Gemma", config.sizes(), Norm.Kind.RMS_PLUS_ONE, config.epsilon());
    Block block =
        layout.block(
            layout.attention(config.bias(), config.bias(), true, Mixing.PLAIN, null),
            layout.mlp(config.activation(), false));
    return layout.spec(
        List.of(layout.tables(config.rope())),
        layout.scaledByWidth(),
        Collections.nCopies(config.layers(), block),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }
}
