package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AutoencoderForm.Choice;

/**
 * {@code hyperparams.json} of Llama Scope, as OpenMOSS' Language-Model-SAEs wrote it until January
 * 2025. A threshold in it applies to the weights after the norms were folded into them.
 */
public final class LlamaScopeConfig extends ToolFile {
  private static final KeyRules RULES =
      KeyRules.refusing("changes the numbers, and nnsight4j does not compute it")
          .known("act_fn", "jump_relu_threshold", "top_k", "d_model", "d_sae", "expansion_factor")
          .known("use_decoder_bias", "apply_decoder_bias_to_pre_encoder")
          .known("dataset_average_activation_norm", "sparsity_include_decoder_norm")
          .known("hook_point_in", "hook_point_out")
          // An average over a batch, or a length that does not affect the output.
          .only("norm_activation", Set.of("\"dataset-wise\"", "\"inference\"", "\"none\""))
          .only("use_glu_encoder", KeyRules.OFF)
          // Numbers are always FLOAT32 here, whatever type training used.
          .known("device", "seed", "dtype", "tp_size", "ddp_size")
          // Used only in training.
          .known("bias_init_method", "decoder_exactly_fixed_norm", "init_decoder_norm", "lp")
          .known("init_encoder_norm", "init_encoder_with_decoder_transpose", "l1_coefficient")
          .known("l1_coefficient_warmup_steps", "k_warmup_steps", "use_batch_norm_mse")
          .known("use_ghost_grads", "sae_pretrained_name_or_path", "strict_loading")
          .noOthers(
              "is no key of Llama Scope that nnsight4j knows, and may change the numbers; remove it if it does not")
          .build();

  private LlamaScopeConfig(Path file) {
    super(file, RULES);
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if it needs something that is not computed here
   */
  public static LlamaScopeConfig read(Path file) {
    LlamaScopeConfig config = new LlamaScopeConfig(file);
    if (config.threshold() < 0) {
      throw new CheckpointException(
          "%s: expected a jump_relu_threshold of 0 or more, found %s; below 0, features would be negative"
              .formatted(config, config.threshold()));
    }
    return config;
  }

  private Choice choice() {
    String function = string("act_fn");
    // As in its own loader: with a threshold, features do not depend on each other.
    boolean jumps = function.equals("jumprelu") || (function.equals("topk") && threshold() > 0);
    return switch (jumps ? "jumprelu" : function) {
      case "jumprelu" -> Choice.JUMPRELU;
      case "topk" -> Choice.TOPK;
      case "relu" -> Choice.RELU;
      default ->
          throw new CheckpointException(
              "%s: act_fn must be one of [jumprelu, relu, topk], found \"%s\""
                  .formatted(this, function));
    };
  }

  /** The form of its computation, after the norms were folded into the weights. */
  public AutoencoderForm form() {
    Choice choice = choice();
    return new AutoencoderForm(
        string("act_fn"),
        choice,
        choice == Choice.TOPK ? integer("top_k") : 0,
        hasDecoderBias() && flag("apply_decoder_bias_to_pre_encoder", true),
        false,
        AutoencoderForm.Scaling.NONE,
        isTranscoder());
  }

  /** The threshold for a feature; the same number for all. */
  public double threshold() {
    return decimal("jump_relu_threshold", 0);
  }

  /** Whether {@link #form} compares features with the threshold. */
  public boolean jumps() {
    return choice() == Choice.JUMPRELU;
  }

  public boolean hasDecoderBias() {
    return flag("use_decoder_bias", true);
  }

  /**
   * Whether rows of the decoder are scaled to the norm 1, and the encoder by their former norms.
   */
  public boolean unitDecoder() {
    return flag("sparsity_include_decoder_norm", true);
  }

  public int width() {
    return integer("d_model");
  }

  public int features() {
    return integer("d_sae", width() * integer("expansion_factor", 0));
  }

  /**
   * The factor of a place's values, which makes their average norm the root of their width.
   *
   * @param place {@code in} or {@code out}
   */
  public double scale(String place) {
    if (!string("norm_activation").equals("dataset-wise")) {
      return 1;
    }
    Optional<ModelConfig> norms = section("dataset_average_activation_norm");
    double norm = norms.map(each -> each.decimal(place, 0)).orElse(0.0);
    if (!(norm > 0)) {
      throw new CheckpointException(
          "%s: norm_activation is \"dataset-wise\", which needs a positive dataset_average_activation_norm.%s, found %s"
              .formatted(this, place, json("dataset_average_activation_norm").orElse("nothing")));
    }
    return Math.sqrt(width()) / norm;
  }

  private boolean isTranscoder() {
    return !string("hook_point_out", string("hook_point_in")).equals(string("hook_point_in"));
  }

  /** The place where it belongs. */
  public AutoencoderHooks hooks() {
    return AutoencoderHooks.of(
        string("hook_point_in"), isTranscoder() ? string("hook_point_out") : null);
  }
}
