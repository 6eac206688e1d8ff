package org.nnsight4j.internal.decode;

import java.util.Map;
import java.util.Set;
import org.nnsight4j.checkpoint.JsonFile;
import org.nnsight4j.error.OptionsException;

/**
 * Keys of a generation configuration that change the tokens in Hugging Face and are not implemented
 * here: to ignore them would be to be silently wrong.
 */
final class UnsupportedKeys {
  private static final Set<String> NONE = Set.of("[]", "{}", "false");
  private static final Set<String> ZERO = Set.of("0", "0.0");
  private static final Set<String> ONE = Set.of("1", "1.0");

  /** The values that change nothing, by key. */
  private static final Map<String, Set<String>> ALWAYS =
      Map.ofEntries(
          Map.entry("bad_words_ids", NONE),
          Map.entry("begin_suppress_tokens", NONE),
          Map.entry("constraints", NONE),
          Map.entry("diversity_penalty", ZERO),
          Map.entry("dola_layers", NONE),
          Map.entry("encoder_no_repeat_ngram_size", ZERO),
          Map.entry("encoder_repetition_penalty", ONE),
          Map.entry("exponential_decay_length_penalty", NONE),
          Map.entry("force_words_ids", NONE),
          Map.entry("forced_bos_token_id", NONE),
          Map.entry("forced_eos_token_id", NONE),
          Map.entry("guidance_scale", ONE),
          Map.entry("max_time", NONE),
          Map.entry("min_length", ZERO),
          Map.entry("num_beam_groups", ONE),
          Map.entry("penalty_alpha", ZERO),
          Map.entry("remove_invalid_values", NONE),
          Map.entry("renormalize_logits", NONE),
          Map.entry("sequence_bias", NONE),
          Map.entry("suppress_tokens", NONE),
          Map.entry("watermarking_config", NONE));

  private static final Map<String, Set<String>> WHEN_SAMPLING =
      Map.of(
          "epsilon_cutoff", ZERO,
          "eta_cutoff", ZERO,
          "min_p", ZERO,
          "top_h", NONE,
          "typical_p", ONE);

  private UnsupportedKeys() {}

  static void refuse(JsonFile file, boolean sample) {
    refuse(file, ALWAYS);
    if (sample) {
      refuse(file, WHEN_SAMPLING);
    }
  }

  private static void refuse(JsonFile file, Map<String, Set<String>> neutral) {
    for (String key : file.keys()) {
      Set<String> harmless = neutral.get(key);
      String value = file.json(key).orElse("");
      if (harmless != null && !harmless.contains(value)) {
        throw new OptionsException(
            "%s: %s=%s changes the tokens, and nnsight4j does not implement it; remove the key to decode without it"
                .formatted(file.file(), key, value));
      }
    }
  }
}
