package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.checkpoint.AdapterConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

/** A PEFT adapter directory: LoRA pairs by the module that they update. */
public final class LoraAdapter {
  private static final Pattern NAME =
      Pattern.compile("(?:base_model\\.model\\.)?(.+)\\.lora_([AB])(?:\\.default)?\\.weight");

  private final Map<String, LoraPair> pairs;

  private LoraAdapter(Map<String, LoraPair> pairs) {
    this.pairs = pairs;
  }

  /**
   * Reads {@code adapter_config.json} and {@code adapter_model.safetensors}.
   *
   * @throws CheckpointException if the directory holds anything but plain LoRA pairs
   */
  public static LoraAdapter load(Path directory) {
    AdapterConfig config = AdapterConfig.read(directory);
    Parameters parameters = Parameters.read(directory.resolve("adapter_model.safetensors"));
    Map<String, Tensor> downs = new LinkedHashMap<>();
    Map<String, Tensor> ups = new LinkedHashMap<>();
    for (String name : parameters.tensors().keySet()) {
      Matcher matcher = NAME.matcher(name);
      if (!matcher.matches()) {
        throw new CheckpointException(
            "%s: '%s' is no LoRA weight; only lora_A and lora_B of linear layers can be attached"
                .formatted(parameters.file(), name));
      }
      Map<String, Tensor> side = matcher.group(2).equals("A") ? downs : ups;
      side.put(matcher.group(1), parameters.get(name, 2));
    }
    Map<String, LoraPair> pairs = new LinkedHashMap<>();
    downs.forEach(
        (module, down) -> {
          Tensor up = ups.remove(module);
          if (up == null) {
            throw new CheckpointException(
                "%s: %s has lora_A but no lora_B".formatted(parameters.file(), module));
          }
          if (down.shape(0) != config.rank() || up.shape(1) != config.rank()) {
            throw new CheckpointException(
                "%s: %s has pairs of the rank %s and %s, adapter_config.json says r = %s"
                    .formatted(
                        parameters.file(), module, down.shape(0), up.shape(1), config.rank()));
          }
          pairs.put(module, new LoraPair(down, up, config.scale()));
        });
    if (!ups.isEmpty() || pairs.isEmpty()) {
      throw new CheckpointException(
          "%s: expected lora_A and lora_B for each module, found only lora_B of %s"
              .formatted(parameters.file(), ups.keySet()));
    }
    return new LoraAdapter(pairs);
  }

  /** The pairs by module path as in Hugging Face's state dict. */
  public Map<String, LoraPair> pairs() {
    return Map.copyOf(pairs);
  }
}
