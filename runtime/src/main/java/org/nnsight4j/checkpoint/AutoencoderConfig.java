package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * SAELens' {@code cfg.json}, as far as a sparse autoencoder's computation needs it.
 *
 * @param architecture {@code standard}, {@code topk} or {@code jumprelu}
 * @param centered {@code apply_b_dec_to_input}
 * @param k how many features stay, for {@code topk}; else 0
 * @param width {@code d_in}, or -1 where it does not stand
 * @param features {@code d_sae}, or -1 where it does not stand
 */
public record AutoencoderConfig(
    String architecture, boolean centered, int k, int width, int features) {
  private static final long MOST_BYTES = 1 << 20;
  private static final List<String> KNOWN = List.of("standard", "topk", "jumprelu");

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if it asks for what is not computed here
   */
  public static AutoencoderConfig read(Path file) {
    ObjectNode json = Json.readObject(file, MOST_BYTES);
    String architecture = json.path("architecture").asText("standard");
    if (!KNOWN.contains(architecture)) {
      throw new CheckpointException(
          "%s: architecture must be one of %s, found '%s'".formatted(file, KNOWN, architecture));
    }
    refuse(file, json, "normalize_activations", "none");
    refuse(file, json, "reshape_activations", "none");
    if (json.path("rescale_acts_by_decoder_norm").asBoolean(false)) {
      throw new CheckpointException(
          "%s: rescale_acts_by_decoder_norm is true, which is not supported".formatted(file));
    }
    JsonNode k = json.has("k") ? json.get("k") : json.path("activation_fn_kwargs").path("k");
    if (architecture.equals("topk") && !k.canConvertToInt()) {
      throw new CheckpointException(
          "%s: a topk autoencoder needs a whole number k".formatted(file));
    }
    return new AutoencoderConfig(
        architecture,
        json.path("apply_b_dec_to_input").asBoolean(true),
        k.asInt(0),
        json.path("d_in").asInt(-1),
        json.path("d_sae").asInt(-1));
  }

  private static void refuse(Path file, ObjectNode json, String key, String known) {
    String found = json.path(key).asText(known);
    if (!found.equals(known)) {
      throw new CheckpointException(
          "%s: %s must be '%s', found '%s', which is not supported"
              .formatted(file, key, known, found));
    }
  }
}
