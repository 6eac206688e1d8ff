package org.nnsight4j.models.olmo;

import com.google.auto.service.AutoService;
import java.util.Collections;
import java.util.List;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.Around;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** OLMo 1: Llama with normalisations that have no parameters, and a bound on projections. */
@AutoService({Family.class, NetworkFactory.class})
public final class OlmoFamily extends DecoderFamily {
  /** No key of config.json changes it. */
  private static final double EPSILON = 1e-5;

  @Override
  public String architecture() {
    return "olmo";
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    OlmoConfig config = OlmoConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Olmo", config.sizes(), Norm.Kind.LAYER_PLAIN, EPSILON);
    boolean bias = config.attentionBias();
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        Collections.nCopies(
            config.layers(),
            layout.block(
                layout
                    .attention(bias, bias, true, Mixing.PLAIN, null)
                    .within(new Around(config.clip(), null)),
                layout.mlp(config.activation(), false))),
        new Head("lm_head", config.tied()),
        LlamaLayout.STORAGE);
  }
}
