package org.nnsight4j.models.decoder;

import java.util.Set;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.internal.toolfile.KeyRules;

/**
 * Keys of any config.json that would make transformers compute something other than the decoder;
 * other keys that a family does not read change nothing there.
 */
public final class UncomputedKeys {
  private static final KeyRules RULES = rules(false);
  private static final KeyRules BESIDE_WINDOWS = rules(true);

  private UncomputedKeys() {}

  /**
   * Refuses a configuration of a family whose layers attend to all earlier positions.
   *
   * @throws org.nnsight4j.error.CheckpointException naming key and value
   */
  public static void check(ModelConfig config) {
    RULES.check(config);
  }

  /**
   * Refuses a configuration of a family that reads which layers attend to a window.
   *
   * @throws org.nnsight4j.error.CheckpointException naming key and value
   */
  public static void checkBesideWindows(ModelConfig config) {
    BESIDE_WINDOWS.check(config);
  }

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
