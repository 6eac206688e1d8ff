package org.nnsight4j.models.gemma3;

import com.google.auto.service.AutoService;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
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
 * Gemma 3: text models, and the text part of multimodal ones. Layers with a window have rotary
 * tables of their own.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class Gemma3Family extends DecoderFamily {
  /** The prefixes of names in files with a vision tower, in older and newer versions. */
  private static final StoredNames NAMES =
      new StoredNames(
          Map.of(
              "model.", List.of("language_model.model.", "model.language_model.", ""),
              "lm_head.", List.of("language_model.lm_head.")),
          Map.of());

  private static final List<String> VISION =
      List.of("(model\\.)?(vision_tower|multi_modal_projector)\\..*");

  @Override
  public String architecture() {
    return "gemma3_text";
  }

  @Override
  public Set<String> modelTypes() {
    return Set.of("gemma3_text", "gemma3");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    Gemma3TextConfig config = Gemma3TextConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(
            architecture(), "Gemma3", config.sizes(), Norm.Kind.RMS_PLUS_ONE, config.epsilon());
    return layout.spec(
        "Gemma3TextModel",
        layout.tables(config.types(), config.full(), config.sliding()),
        layout.scaledByWidth(),
        IntStream.range(0, config.layers())
            .mapToObj(layer -> block(layout, config, layer))
            .toList(),
        new Head("lm_head", config.tied(), Mixing.orNull(config.logitCap())),
        LlamaLayout.storage(NAMES, VISION));
  }

  private static Block block(LlamaLayout layout, Gemma3TextConfig config, int layer) {
    return layout.normedAround(
        layout.attention(
            config.bias(),
            config.bias(),
            Math.pow(config.queryScalar(), -0.5),
            true,
            new Mixing(
                config.types().window(layer, config.window()),
                null,
                null,
                LlamaLayout.tablesOf(config.types(), layer)),
            layout.headNorms(HeadNorms.Over.EACH)),
        layout.mlp(config.activation(), false));
  }
}
