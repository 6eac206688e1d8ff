package org.nnsight4j.internal.decode;

import java.util.Set;
import org.nnsight4j.checkpoint.JsonFile;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.internal.toolfile.KeyRules;

/**
 * Keys of a generation configuration that change the tokens in Hugging Face and are not implemented
 * here; ignoring them would give silently wrong tokens.
 */
final class UnsupportedKeys {
  private static final String CHANGES =
      "changes the tokens, and nnsight4j does not implement it; remove the key to decode without it";
  private static final Set<String> ZERO = Set.of("0", "0.0");
  private static final Set<String> ONE = Set.of("1", "1.0");

  private static final KeyRules ALWAYS =
      KeyRules.refusing(CHANGES)
          .only("bad_words_ids", KeyRules.OFF)
          .only("begin_suppress_tokens", KeyRules.OFF)
          // Each of these keeps all keys and values unchanged.
          .only(
              "cache_implementation",
              Set.of(
                  "\"dynamic\"",
                  "\"dynamic_full\"",
                  "\"hybrid\"",
                  "\"offloaded\"",
                  "\"offloaded_static\"",
                  "\"static\""))
          .only("constraints", KeyRules.OFF)
          .only("diversity_penalty", ZERO)
          .only("dola_layers", KeyRules.OFF)
          .only("encoder_no_repeat_ngram_size", ZERO)
          .only("encoder_repetition_penalty", ONE)
          .only("exponential_decay_length_penalty", KeyRules.OFF)
          .only("force_words_ids", KeyRules.OFF)
          .only("forced_bos_token_id", KeyRules.OFF)
          .only("forced_eos_token_id", KeyRules.OFF)
          .only("guidance_scale", ONE)
          .only("max_time", KeyRules.OFF)
          .only("min_length", ZERO)
          .only("num_beam_groups", ONE)
          .only("penalty_alpha", ZERO)
          .only("remove_invalid_values", KeyRules.OFF)
          .only("renormalize_logits", KeyRules.OFF)
          .only("sequence_bias", KeyRules.OFF)
          .only("suppress_tokens", KeyRules.OFF)
          .only("token_healing", KeyRules.OFF)
          .only("watermarking_config", KeyRules.OFF)
          .build();

  private static final KeyRules WHEN_SAMPLING =
      KeyRules.refusing(CHANGES)
          .only("epsilon_cutoff", ZERO)
          .only("eta_cutoff", ZERO)
          .only("min_p", ZERO)
          .only("top_h", KeyRules.OFF)
          .only("typical_p", ONE)
          .build();

  private UnsupportedKeys() {}

  static void refuse(JsonFile file, boolean sample) {
    ALWAYS.check(file, OptionsException::new);
    if (sample) {
      WHEN_SAMPLING.check(file, OptionsException::new);
    }
  }
}
