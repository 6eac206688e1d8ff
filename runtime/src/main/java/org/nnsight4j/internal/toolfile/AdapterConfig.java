package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * PEFT's {@code adapter_config.json} of a LoRA adapter: which modules have pairs, and their rank
 * and scale.
 */
public final class AdapterConfig extends ToolFile {
  private static final String FILE = "adapter_config.json";
  private static final String BASE_CHANGED =
      "means that the weights of the model were changed when training began, and this file is of that other model; save it with save_pretrained(..., path_initial_model_for_weight_conversion=...), which makes it plain LoRA, or merge it into the model in Python";

  /** The fields of LoraConfig and PeftConfig in PEFT 0.21.2, and two from its first versions. */
  private static final KeyRules RULES =
      KeyRules.refusing(
              "changes the numbers, and nnsight4j does not compute it; merge the adapter into the model in Python (merge_and_unload) and open that")
          .known("r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "use_dora")
          .known(
              "modules_to_save",
              "target_modules",
              "exclude_modules",
              "layers_to_transform",
              "layers_pattern")
          // The tensors show whether there is one.
          .known("lora_bias")
          // Who wrote it, for what and how.
          .known("peft_version", "auto_mapping", "base_model_name_or_path", "revision", "task_type")
          .known("inference_mode", "runtime_config", "megatron_core", "merge_weights")
          // Used only in training.
          .known("lora_dropout", "velora_config", "eva_config", "corda_config", "lora_ga_config")
          .known("loftq_config")
          // Stored weights have the same layout for every layer.
          .known("fan_in_fan_out", "qalora_group_size")
          .only(
              "peft_type",
              Set.of("\"LORA\""),
              "is another method; only adapters of LoRA can be attached")
          .only(
              "init_lora_weights",
              Set.of("true", "false", "\"gaussian\"", "\"orthogonal\"", "\"eva\"", "\"mica\""),
              BASE_CHANGED)
          .only("bias", Set.of("\"none\""))
          .only("megatron_config", KeyRules.OFF)
          .only("trainable_token_indices", KeyRules.OFF)
          .only(
              "target_parameters",
              KeyRules.OFF,
              "adapts parameters that are no layers, as the stacked weights of experts and their router, which nnsight4j does not compute; PEFT adds them to \"all-linear\" of families with experts. Train with target_modules of attention, or merge the adapter into the model in Python (merge_and_unload) and open that")
          .only("layer_replication", KeyRules.OFF)
          .only("ensure_weight_tying", KeyRules.OFF)
          .only("enable_lora", KeyRules.OFF)
          .only(
              "alora_invocation_tokens",
              KeyRules.OFF,
              "makes it an Activated LoRA, which acts only from these tokens on; nnsight4j does not compute it")
          .only("use_qalora", KeyRules.OFF)
          // An empty object here means the defaults.
          .only("use_bdlora", Set.of())
          .only("arrow_config", Set.of())
          .only("kasa_config", Set.of(), BASE_CHANGED)
          .only("monteclora_config", Set.of())
          .noOthers(
              "is no key of PEFT 0.21.2 that nnsight4j knows, and may change the numbers; remove it if it does not")
          .build();

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?");

  /** The first index in a name is the number of the layer. */
  private static final Pattern LAYER = Pattern.compile(".*?\\.[^.]*\\.(?<layer>\\d+)\\.");

  private AdapterConfig(Path file) {
    super(file, RULES);
  }

  /**
   * Reads the configuration of an adapter directory.
   *
   * @throws CheckpointException if it needs something that is not computed here
   */
  public static AdapterConfig read(Path directory) {
    AdapterConfig config = new AdapterConfig(directory.resolve(FILE));
    if (!config.has("peft_type")) {
      throw new CheckpointException(
          "%s: expected \"peft_type\": \"LORA\", found no such key".formatted(config));
    }
    config.checkTargets();
    return config;
  }

  /** The name of the directory; its whole path would differ from machine to machine. */
  public String folder() {
    Path folder = file().toAbsolutePath().normalize().getParent();
    return folder == null || folder.getFileName() == null ? "" : folder.getFileName().toString();
  }

  private void checkTargets() {
    if (!has("target_modules")) {
      throw new CheckpointException(
          "%s: expected the names of modules under \"target_modules\", found no such key; without it PEFT chooses by architecture, so write them there"
              .formatted(this));
    }
    boolean layers = has("layers_to_transform") || !strings("layers_pattern").isEmpty();
    if (expression("target_modules").isPresent() && layers) {
      throw new CheckpointException(
          "%s: layers_to_transform and layers_pattern choose among a list of target_modules, found the expression %s"
              .formatted(this, json("target_modules").orElse("")));
    }
    if (!strings("layers_pattern").isEmpty() && !has("layers_to_transform")) {
      throw new CheckpointException(
          "%s: layers_pattern says how layers_to_transform are called, which is not there"
              .formatted(this));
    }
    // Each expression is compiled once here, so that an invalid file is refused when it is opened.
    var unused = isTarget("") && scale("") > 0;
  }

  /** The rank of a module's pair of matrices. */
  public int rank(String module) {
    String found = byPattern("rank_pattern", module);
    if (found != null && !found.matches("-?\\d{1,9}")) {
      throw wrongPattern("rank_pattern", "integers", found);
    }
    int rank = found == null ? integer("r") : Integer.parseInt(found);
    if (rank < 1) {
      throw new CheckpointException(
          "%s: the rank of '%s' must be 1 or more, found %s".formatted(this, module, rank));
    }
    return rank;
  }

  /** The factor of a module's pair. */
  public double scale(String module) {
    String found = byPattern("alpha_pattern", module);
    if (found != null && !NUMBER.matcher(found).matches()) {
      throw wrongPattern("alpha_pattern", "numbers", found);
    }
    double alpha = found == null ? decimal("lora_alpha") : Double.parseDouble(found);
    int rank = rank(module);
    return alpha / (flag("use_rslora", false) ? Math.sqrt(rank) : rank);
  }

  /** Whether the pairs give directions, with separate lengths ({@code use_dora}). */
  public boolean decomposed() {
    return flag("use_dora", false);
  }

  /** Whether the second matrix of each pair has a bias ({@code lora_bias}). */
  public boolean biased() {
    return flag("lora_bias", false);
  }

  /** Whether all linear layers are selected except the one that gives the logits. */
  public boolean allLinear() {
    return expression("target_modules")
        .map(each -> each.equalsIgnoreCase("all-linear"))
        .orElse(false);
  }

  /**
   * Whether a module has a pair, by PEFT's rules. For {@link #allLinear}, only the exceptions are
   * known here.
   */
  public boolean isTarget(String module) {
    if (matches("exclude_modules", module)) {
      return false;
    }
    return allLinear() || (matches("target_modules", module) && isInLayers(module));
  }

  /** Whether the file has a whole module, by PEFT's rule: the end of its name. */
  public boolean isSaved(String module) {
    return strings("modules_to_save").stream().anyMatch(module::endsWith);
  }

  private boolean matches(String key, String module) {
    Optional<String> expression = expression(key);
    if (expression.isPresent()) {
      return PythonPattern.compile(this + " " + key, expression.get()).matcher(module).matches();
    }
    return strings(key).stream()
        .anyMatch(name -> module.equals(name) || module.endsWith("." + name));
  }

  private boolean isInLayers(String module) {
    List<Integer> layers = integers("layers_to_transform");
    boolean named =
        expression("target_modules").isEmpty() && strings("target_modules").contains(module);
    if (layers.isEmpty() || named) {
      return true;
    }
    List<Pattern> patterns = new ArrayList<>();
    for (String name : strings("layers_pattern")) {
      var unused = PythonPattern.compile(this + " layers_pattern", name);
      patterns.add(Pattern.compile("(?:^|.*?\\.)" + name + "\\.(?<layer>\\d+)\\."));
    }
    return (patterns.isEmpty() ? List.of(LAYER) : patterns)
        .stream()
            .map(pattern -> pattern.matcher(module))
            .filter(Matcher::lookingAt)
            .findFirst()
            .map(matcher -> layers.contains(Integer.valueOf(matcher.group("layer"))))
            .orElse(false);
  }

  private Optional<String> expression(String key) {
    return has(key) && json(key).orElse("").startsWith("\"")
        ? optionalString(key)
        : Optional.empty();
  }

  /** The value, as JSON, of the first key that matches the end of a name. */
  private @Nullable String byPattern(String key, String module) {
    for (Map.Entry<String, String> each : entries(key).entrySet()) {
      var unused = PythonPattern.compile(this + " " + key, each.getKey());
      if (Pattern.compile("(.*\\.)?(" + each.getKey() + ")$").matcher(module).lookingAt()) {
        return each.getValue();
      }
    }
    return null;
  }

  private CheckpointException wrongPattern(String key, String expected, String found) {
    return new CheckpointException(
        "%s: expected %s in \"%s\", found %s".formatted(this, expected, key, found));
  }
}
