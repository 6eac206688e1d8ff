package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.error.CheckpointException;

/**
 * SAELens' {@code cfg.json}, of all its versions: before the sixth, the function is under {@code
 * activation_fn_str}, and what trained the autoencoder is in the same file.
 */
public final class AutoencoderConfig extends JsonFile {
  private static final int FIRST_OF_TODAY = 6;
  private static final Pattern VERSION = Pattern.compile("v?(\\d+)\\..*");
  private static final List<String> FUNCTIONS = List.of("relu", "topk", "tanh-relu");

  /** How features come from what is before them. */
  public enum Architecture {
    STANDARD("standard"),
    TANH("standard"),
    GATED("gated"),
    JUMPRELU("jumprelu"),
    TOPK("topk"),
    ABSTOPK("abstopk"),
    /** Chosen among the features of a whole batch while training; afterwards a threshold. */
    BATCHTOPK("batchtopk"),
    MATRYOSHKA_BATCHTOPK("matryoshka_batchtopk"),
    TRANSCODER("transcoder"),
    SKIP_TRANSCODER("skip_transcoder"),
    JUMPRELU_TRANSCODER("jumprelu_transcoder"),
    JUMPRELU_SKIP_TRANSCODER("jumprelu_skip_transcoder");

    private final String key;

    Architecture(String key) {
      this.key = key;
    }

    /** Its name in cfg.json. */
    public String key() {
      return key;
    }

    /** Whether a feature counts only above a threshold of its own. */
    public boolean hasThreshold() {
      return key.startsWith("jumprelu") || key.endsWith("batchtopk");
    }

    /** Whether a fixed number of features stays at each position. */
    public boolean choosesK() {
      return this == TOPK || this == ABSTOPK;
    }

    /** Whether the input is added, by a matrix of its own. */
    public boolean skips() {
      return key.endsWith("skip_transcoder");
    }

    /** Whether it gives another module's output instead of its input. */
    public boolean isTranscoder() {
      return key.endsWith("transcoder");
    }
  }

  private static final String TO_BE_FOLDED =
      "means that the weights are for inputs which are scaled first, by numbers that are not in the file; fold them in with SAELens (fold_activation_norm_scaling_factor or fold_activation_whitening), and save it again";

  private static final KeyRules RULES =
      KeyRules.refusing("changes the numbers, and nnsight4j does not compute it")
          .known("architecture", "d_in", "d_sae", "d_out", "k", "rescale_acts_by_decoder_norm")
          .known("apply_b_dec_to_input", "finetuning_scaling_factor", "sae_lens_version")
          .known("activation_fn", "activation_fn_str", "activation_fn_kwargs", "metadata")
          // Numbers are FLOAT32 here, whatever they were in training.
          .known("dtype", "device", "act_store_device", "llm_device", "autocast", "autocast_lm")
          // The heads side by side, as the input of attn.c_proj has them.
          .only("reshape_activations", Set.of("\"none\"", "\"hook_z\""))
          .only("normalize_activations", normalizations(), TO_BE_FOLDED)
          .only("is_transcoder", KeyRules.OFF)
          // Which values of which model it is for.
          .known("model_name", "model_class_name", "model_kwargs", "model_from_pretrained_kwargs")
          .known("hook_name", "hook_point", "hook_layer", "hook_point_layer", "hook_eval")
          .known("hook_head_index", "hook_point_head_index", "hf_hook_name", "hf_hook_name_out")
          .known("hook_name_out", "hook_layer_out", "hook_head_index_out", "hook_point_eval")
          .known("hook_point_template")
          .known("prepend_bos", "context_size", "seqpos_slice", "exclude_special_tokens")
          .known("neuronpedia_id", "sae_lens_training_version", "version", "store_batch_size")
          .known("dataset_path", "dataset_trust_remote_code", "streaming", "is_dataset_tokenized")
          // How it was trained.
          .known("use_cached_activations", "cached_activations_path", "from_pretrained_path")
          .known("n_batches_in_buffer", "training_tokens", "total_training_tokens", "seed")
          .known("store_batch_size_prompts", "train_batch_size_tokens", "train_batch_size")
          .known("finetuning_tokens", "finetuning_method", "expansion_factor", "b_dec_init_method")
          .known("decoder_orthogonal_init", "decoder_heuristic_init", "decoder_heuristic_init_norm")
          .known("decoder_init_norm", "init_encoder_as_decoder_transpose", "normalize_sae_decoder")
          .known("scale_sparsity_penalty_by_decoder_norm", "mse_loss_normalization", "noise_scale")
          .known("l1_coefficient", "lp_norm", "l1_warm_up_steps", "l0_lambda", "l0_coefficient")
          .known("l0_warm_up_steps", "target_l0", "use_ghost_grads", "ghost_grads_warm_up_steps")
          .known("aux_loss_coefficient", "topk_threshold_lr", "use_sparse_activations")
          .known("pre_act_loss_coefficient", "matryoshka_widths", "use_matryoshka_aux_loss")
          .known("jumprelu_init_threshold", "jumprelu_bandwidth", "jumprelu_tanh_scale")
          .known("jumprelu_sparsity_loss_mode", "jumprelu_ste_to_input", "compile_llm")
          .known("compile_sae", "llm_compilation_mode", "sae_compilation_mode", "adam_beta1")
          .known("adam_beta2", "lr", "lr_scheduler_name", "lr_warm_up_steps", "lr_end")
          .known("lr_decay_steps", "n_restart_cycles", "feature_sampling_window", "verbose")
          .known("dead_feature_window", "dead_feature_threshold", "dead_feature_estimation_method")
          .known("feature_reinit_scale", "resample_batches", "feature_sampling_method")
          .known("log_to_wandb", "log_activations_store_to_wandb", "log_optimizer_state_to_wandb")
          .known("wandb_project", "wandb_id", "wandb_entity", "wandb_log_frequency", "run_name")
          .known("eval_every_n_wandb_logs", "eval_batch_size_prompts", "n_eval_batches")
          .known("n_eval_seqs", "resume", "n_checkpoints", "checkpoint_path", "tokens_per_buffer")
          .known("model_batch_size", "activations_mixing_fraction", "disable_concat_sequences")
          .known("sequence_separator_token", "n_batches_for_norm_estimate", "output_path")
          .noOthers(
              "is no key of SAELens 6.54 or older that nnsight4j knows, and may change the numbers; remove it if it does not")
          .build();

  private final Architecture architecture;

  private AutoencoderConfig(Path file) {
    super(file);
    RULES.check(this);
    this.architecture = decide();
  }

  private static Set<String> normalizations() {
    return Set.of("false", "\"none\"", "\"constant_norm_rescale\"", "\"layer_norm\"");
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if it asks for what is not computed here
   */
  public static AutoencoderConfig read(Path file) {
    return new AutoencoderConfig(file);
  }

  private Architecture decide() {
    String name = string("architecture", "standard");
    String function = function();
    boolean old = isOld();
    if (!function.equals("relu") && !old) {
      throw new CheckpointException(
          "%s: activation_fn=\"%s\" is of SAELens before version 6, the file says it is of a later one; SAELens does not read it there"
              .formatted(this, function));
    }
    boolean plain = name.equals("standard") || (name.equals("topk") && function.equals("topk"));
    if (!function.equals("relu") && !plain) {
      throw new CheckpointException(
          "%s: architecture=\"%s\" with the function \"%s\" is not computed; only \"standard\" has another function than \"relu\""
              .formatted(this, name, function));
    } else if (function.equals("tanh-relu")) {
      return Architecture.TANH;
    } else if (function.equals("topk")) {
      return Architecture.TOPK;
    }
    for (Architecture each : Architecture.values()) {
      if (each.key.equals(name)) {
        return each;
      }
    }
    throw new CheckpointException(
        "%s: architecture must be one of %s, found '%s'"
            .formatted(
                this,
                Stream.of(Architecture.values()).map(each -> each.key).distinct().toList(),
                name));
  }

  private String function() {
    Optional<String> old = optionalString("activation_fn_str");
    Optional<String> older = optionalString("activation_fn");
    if (old.isPresent() && older.isPresent() && !old.equals(older)) {
      throw new CheckpointException(
          "%s: activation_fn_str is \"%s\" and activation_fn is \"%s\"; expected one of them"
              .formatted(this, old.get(), older.get()));
    }
    String function = old.or(() -> older).orElse("relu");
    if (!FUNCTIONS.contains(function)) {
      throw new CheckpointException(
          "%s: activation_fn_str must be one of %s, found \"%s\""
              .formatted(this, FUNCTIONS, function));
    }
    ObjectNode arguments = object("activation_fn_kwargs");
    if (arguments != null) {
      arguments
          .fieldNames()
          .forEachRemaining(
              key -> {
                if (!key.equals("k") || !function.equals("topk")) {
                  throw new CheckpointException(
                      "%s: activation_fn_kwargs has \"%s\" for the function \"%s\", which is not computed"
                          .formatted(this, key, function));
                }
              });
    }
    return function;
  }

  /** As SAELens decides: without a version, a file is of before the sixth. */
  private boolean isOld() {
    ObjectNode metadata = object("metadata");
    String version =
        optionalString("sae_lens_version")
            .orElse(metadata == null ? "" : metadata.path("sae_lens_version").asText(""));
    if (version.isEmpty() || version.equals("null")) {
      return true;
    }
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      throw new CheckpointException(
          "%s: expected a version such as 6.54.12 under sae_lens_version, found \"%s\""
              .formatted(this, version));
    }
    return Integer.parseInt(matcher.group(1)) < FIRST_OF_TODAY;
  }

  public Architecture architecture() {
    return architecture;
  }

  /** Whether {@code b_dec} is subtracted from the input. */
  public boolean centered() {
    boolean centered = flag("apply_b_dec_to_input", true);
    if (centered && architecture.isTranscoder()) {
      throw new CheckpointException(
          "%s: apply_b_dec_to_input must be false for a %s, whose b_dec is as wide as its output; found true, or nothing, which means true"
              .formatted(this, architecture.key));
    }
    return centered;
  }

  /** How many features stay at each position. */
  public int k() {
    ObjectNode arguments = object("activation_fn_kwargs");
    int outside = integer("k", 0);
    int inside =
        arguments != null && arguments.path("k").isInt() ? arguments.path("k").intValue() : 0;
    int k = inside == 0 ? outside : inside;
    boolean whole = arguments == null || !arguments.has("k") || inside > 0;
    if (k < 1 || !whole || (outside != 0 && outside != k)) {
      throw new CheckpointException(
          "%s: a %s autoencoder needs an integer k of 1 or more, found k = %s and activation_fn_kwargs = %s"
              .formatted(
                  this,
                  architecture.key,
                  json("k").orElse("nothing"),
                  json("activation_fn_kwargs").orElse("nothing")));
    }
    return k;
  }

  /** Whether inputs are scaled to a norm of the root of their width. */
  public boolean normRescaled() {
    return json("normalize_activations").orElse("").equals("\"constant_norm_rescale\"");
  }

  /** Whether inputs are centred and divided by their standard deviation. */
  public boolean layerNormed() {
    return json("normalize_activations").orElse("").equals("\"layer_norm\"");
  }

  /** Whether features are chosen, and given, as if each row of the decoder had the norm 1. */
  public boolean rescaledByDecoder() {
    boolean rescaled = flag("rescale_acts_by_decoder_norm", false);
    if (rescaled && !architecture.key.endsWith("topk")) {
      throw new CheckpointException(
          "%s: rescale_acts_by_decoder_norm is true, which is not computed for the architecture '%s'"
              .formatted(this, architecture.key));
    }
    return rescaled;
  }

  /** Whether features are multiplied with a factor of their own before they are decoded. */
  public boolean finetuned() {
    return flag("finetuning_scaling_factor", false);
  }

  public OptionalInt width() {
    return optionalInteger("d_in");
  }

  public OptionalInt features() {
    return optionalInteger("d_sae");
  }

  public OptionalInt outputWidth() {
    return optionalInteger("d_out");
  }
}
