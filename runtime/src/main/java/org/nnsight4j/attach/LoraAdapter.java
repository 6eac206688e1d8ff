package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AdapterConfig;
import org.nnsight4j.tensor.Tensor;

/**
 * A PEFT adapter directory: LoRA pairs, by the module that they update ({@code W + B A alpha / r},
 * Hu et al. 2021; {@code alpha / sqrt(r)} with {@code use_rslora}; with learned lengths with {@code
 * use_dora}), and modules that were trained whole ({@code modules_to_save}). A fused projection
 * such as Phi-3's {@code qkv_proj} is one module, as in PEFT. Every key of its configuration and
 * every tensor is either used or refused by name.
 */
public final class LoraAdapter {
  private static final Pattern NAME =
      Pattern.compile(
          "(?:base_model\\.model\\.)?(.+)\\."
              + "(lora_A|lora_B|lora_magnitude_vector)(?:\\.default)?(?:\\.(weight|bias))?");

  private final AdapterConfig config;
  private static final Pattern SAVED =
      Pattern.compile("(?:base_model\\.model\\.)?(.+)\\.(weight|bias)");

  private final Map<String, LoraPair> pairs;
  private final Map<String, SavedModule> saved;

  private LoraAdapter(
      AdapterConfig config, Map<String, LoraPair> pairs, Map<String, SavedModule> saved) {
    this.config = config;
    this.pairs = Collections.unmodifiableMap(pairs);
    this.saved = Collections.unmodifiableMap(saved);
  }

  /**
   * Reads {@code adapter_config.json} and {@code adapter_model.safetensors}. The least that they
   * have: the keys {@code peft_type}, {@code r}, {@code lora_alpha} and {@code target_modules}; and
   * for each target module {@code base_model.model.<path>.lora_A.weight} of the shape {@code [r,
   * in]} and {@code lora_B.weight} of {@code [out, r]}, for GPT-2's Conv1D too.
   *
   * @throws CheckpointException if the directory needs anything that is not computed here
   */
  public static LoraAdapter load(Path directory) {
    AdapterConfig config = AdapterConfig.read(directory);
    Parameters parameters = Parameters.read(directory.resolve("adapter_model.safetensors"));
    Map<String, Map<String, Tensor>> modules = new TreeMap<>();
    Map<String, Map<String, Tensor>> whole = new TreeMap<>();
    for (String name : parameters.tensors().keySet()) {
      Matcher matcher = NAME.matcher(name);
      String part = matcher.matches() ? part(matcher.group(2), matcher.group(3)) : null;
      if (part == null && isSaved(config, name)) {
        Matcher parts = SAVED.matcher(name);
        boolean fits = parts.matches();
        assert fits;
        int rank = parts.group(2).equals("weight") ? 2 : 1;
        whole
            .computeIfAbsent(parts.group(1), module -> new TreeMap<>())
            .put(parts.group(2), parameters.get(name, rank));
        continue;
      }
      if (part == null) {
        throw new CheckpointException(
            "%s: '%s' is no weight of LoRA that can be attached; those are lora_A, lora_B and lora_magnitude_vector of linear layers"
                .formatted(parameters.file(), name));
      }
      Tensor before =
          modules
              .computeIfAbsent(matcher.group(1), module -> new TreeMap<>())
              .put(part, parameters.get(name, part.startsWith("lora_") ? 2 : 1));
      if (before != null) {
        throw new CheckpointException(
            "%s: the %s of %s is there twice".formatted(parameters.file(), part, matcher.group(1)));
      }
    }
    if (modules.isEmpty()) {
      throw new CheckpointException(
          "%s: expected lora_A and lora_B for each module, found no tensors"
              .formatted(parameters.file()));
    }
    Map<String, LoraPair> pairs = new LinkedHashMap<>();
    modules.forEach(
        (module, parts) -> pairs.put(module, pair(config, parameters.file(), module, parts)));
    Map<String, SavedModule> saved = new LinkedHashMap<>();
    whole.forEach(
        (module, parts) -> saved.put(module, saved(parameters.file() + ": " + module, parts)));
    return new LoraAdapter(config, pairs, saved);
  }

  private static boolean isSaved(AdapterConfig config, String tensor) {
    Matcher parts = SAVED.matcher(tensor);
    return parts.matches() && config.isSaved(parts.group(1));
  }

  private static SavedModule saved(String where, Map<String, Tensor> parts) {
    Tensor weight = parts.get("weight");
    if (weight == null) {
      throw new CheckpointException(
          "%s has a bias and no weight, expected both of a module to save".formatted(where));
    }
    return new SavedModule(weight, parts.get("bias"));
  }

  private static @Nullable String part(String kind, @Nullable String what) {
    if (kind.equals("lora_magnitude_vector")) {
      return "bias".equals(what) ? null : "magnitude";
    }
    return "weight".equals(what)
        ? kind
        : "bias".equals(what) && kind.equals("lora_B") ? "bias" : null;
  }

  private static LoraPair pair(
      AdapterConfig config, Path file, String module, Map<String, Tensor> parts) {
    String where = file + ": " + module;
    Tensor down = parts.get("lora_A");
    Tensor up = parts.get("lora_B");
    if (down == null || up == null) {
      throw new CheckpointException(
          "%s has %s, expected lora_A and lora_B".formatted(where, parts.keySet()));
    }
    checkAsked(where, "lora_bias", config.biased(), parts.containsKey("bias"));
    checkAsked(where, "use_dora", config.decomposed(), parts.containsKey("magnitude"));
    int rank = config.rank(module);
    if (down.shape(0) != rank || up.shape(1) != rank) {
      throw new CheckpointException(
          "%s has pairs of the rank %s and %s, adapter_config.json says r = %s"
              .formatted(where, down.shape(0), up.shape(1), rank));
    }
    return new LoraPair(down, up, parts.get("bias"), parts.get("magnitude"), config.scale(module));
  }

  private static void checkAsked(String where, String key, boolean asked, boolean found) {
    if (asked != found) {
      throw new CheckpointException(
          "%s: adapter_config.json says %s = %s, but the tensor for it is %s"
              .formatted(where, key, asked, found ? "there" : "not there"));
    }
  }

  /** The pairs by module path, as in Hugging Face's state dict, sorted. */
  public Map<String, LoraPair> pairs() {
    return pairs;
  }

  /** The modules that it replaces ({@code modules_to_save}), by module path, sorted. */
  public Map<String, SavedModule> saved() {
    return saved;
  }

  /** Whether the configuration lists a module in {@code modules_to_save}. */
  public boolean isSaved(String module) {
    return config.isSaved(module);
  }

  /** Whether the configuration selects a module; see {@link #allLinear}. */
  public boolean isTarget(String module) {
    return config.isTarget(module);
  }

  /** Whether the configuration selects all linear layers except the one that gives the logits. */
  public boolean allLinear() {
    return config.allLinear();
  }

  /** The model that PEFT trained it for ({@code base_model_name_or_path}), if the file says it. */
  public Optional<String> baseModel() {
    return config.optionalString("base_model_name_or_path");
  }

  /** With the name of its directory. */
  @Override
  public String toString() {
    return "adapter '%s'".formatted(config.folder());
  }
}
