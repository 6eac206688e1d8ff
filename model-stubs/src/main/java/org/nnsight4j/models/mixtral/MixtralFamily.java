package org.nnsight4j.models.mixtral;

import com.google.auto.service.AutoService;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Router.Choice;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.DecoderSpec;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Head;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.ExpertsMlp;
import org.nnsight4j.models.decoder.LlamaLayout;
import org.nnsight4j.models.decoder.Mixing;

/** Mixtral: experts instead of an MLP. */
@AutoService({Family.class, NetworkFactory.class})
public final class MixtralFamily extends DecoderFamily {
  @Override
  public String architecture() {
    return "mixtral";
  }

  /** {@code MixtralConfig.attribute_map}. */
  @Override
  public Map<String, String> aliases() {
    return Map.of("num_experts", "num_local_experts");
  }

  @Override
  public DecoderSpec spec(ModelConfig json) {
    MixtralConfig config = MixtralConfig.of(json);
    LlamaLayout layout =
        new LlamaLayout(architecture(), "Mixtral", config.sizes(), Norm.Kind.RMS, config.epsilon());
    Block block =
        layout.block(
            layout.attention(false, false, true, Mixing.within(config.window()), null),
            layout.experts(
                config.experts(),
                config.chosen(),
                Choice.OF_ALL_TO_ONE,
                config.sizes().inner(),
                new ExpertsMlp.Apart("w1", "w3", "w2", config.activation())));
    return layout.spec(
        List.of(layout.tables(config.rope())),
        null,
        Collections.nCopies(config.layers(), block),
        new Head("lm_head", config.tied()),
        LlamaLayout.storage(names(config), List.of()));
  }

  /** Files use the block's name from the first versions of transformers. */
  private static StoredNames names(MixtralConfig config) {
    Map<String, List<String>> stored = new HashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = "model.layers.%s.".formatted(layer);
      List<String> ends = new ArrayList<>(List.of("gate.weight"));
      for (int expert = 0; expert < config.experts(); expert++) {
        for (String matrix : List.of("w1", "w2", "w3")) {
          ends.add("experts.%s.%s.weight".formatted(expert, matrix));
        }
      }
      ends.forEach(
          end -> stored.put(block + "mlp." + end, List.of(block + "block_sparse_moe." + end)));
    }
    return new StoredNames(Map.of("model.", List.of("")), stored);
  }
}
