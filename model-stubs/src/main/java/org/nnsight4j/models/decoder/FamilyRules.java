package org.nnsight4j.models.decoder;

import java.util.Set;
import org.nnsight4j.checkpoint.KeyRules;

/** Keys of config.json that make transformers compute something else, whatever the family is. */
public final class FamilyRules {
  /** No family's own; other keys, known or not, change nothing there. */
  public static final KeyRules ALL = rules(false);

  /** For families that read {@code sliding_window}, and perhaps {@code layer_types}. */
  public static final KeyRules WITH_WINDOWS = rules(true);

  private FamilyRules() {}

  private static KeyRules rules(boolean windows) {
    KeyRules.Builder rules =
        KeyRules.refusing("changes what transformers computes, and nnsight4j does not compute it")
            .only("is_causal", Set.of("true"))
            .only("attention_chunk_size", Set.of())
            .only("per_layer_config", KeyRules.OFF)
            .only("fusion_config", KeyRules.OFF)
            .only("is_encoder_decoder", KeyRules.OFF)
            .only("use_bidirectional_attention", KeyRules.OFF)
            .only(
                "add_cross_attention",
                KeyRules.OFF,
                "is not computed; only decoders without an encoder can be run")
            .only(
                "quantization_config",
                KeyRules.OFF,
                "says that the weights are quantized; open the model as it was before, or save it dequantized")
            .only(
                "transformers_weights",
                KeyRules.OFF,
                "names another file of weights than model.safetensors; rename that file and remove the key");
    if (!windows) {
      rules.only("sliding_window", Set.of()).only("layer_types", KeyRules.OFF);
    }
    return rules.build();
  }
}
