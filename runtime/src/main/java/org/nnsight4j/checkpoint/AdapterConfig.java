package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;

/**
 * PEFT's {@code adapter_config.json}, as far as LoRA needs it.
 *
 * @param rank {@code r}
 * @param alpha {@code lora_alpha}
 * @param rootOfRank {@code use_rslora}: divided by the root of the rank, not by the rank
 */
public record AdapterConfig(int rank, double alpha, boolean rootOfRank) {
  private static final long MOST_BYTES = 1 << 20;

  /**
   * Reads the configuration of an adapter directory.
   *
   * @throws CheckpointException if it is no plain LoRA
   */
  public static AdapterConfig read(Path directory) {
    Path file = directory.resolve("adapter_config.json");
    ObjectNode json = Json.readObject(file, MOST_BYTES);
    String type = json.path("peft_type").asText("");
    if (!type.equals("LORA")) {
      throw new CheckpointException("%s: peft_type must be LORA, found '%s'".formatted(file, type));
    }
    if (json.path("use_dora").asBoolean(false)
        || !json.path("bias").asText("none").equals("none")) {
      throw new CheckpointException(
          "%s: use_dora and bias are not supported, only plain LoRA pairs".formatted(file));
    }
    if (!json.path("rank_pattern").isEmpty() || !json.path("alpha_pattern").isEmpty()) {
      throw new CheckpointException(
          "%s: rank_pattern and alpha_pattern are not supported".formatted(file));
    }
    if (!json.path("lora_alpha").isNumber()) {
      throw new CheckpointException("%s: expected a number lora_alpha".formatted(file));
    }
    if (!json.path("r").isInt()) {
      throw new CheckpointException("%s: expected a whole number r".formatted(file));
    }
    return new AdapterConfig(
        json.get("r").intValue(),
        json.get("lora_alpha").asDouble(),
        json.path("use_rslora").asBoolean(false));
  }

  /** What a pair is multiplied with. */
  public double scale() {
    return alpha / (rootOfRank ? Math.sqrt(rank) : rank);
  }
}
