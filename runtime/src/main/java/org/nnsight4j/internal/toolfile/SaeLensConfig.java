package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.checkpoint.JsonFile;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AutoencoderForm.Choice;

/**
 * SAELens' {@code cfg.json}, all versions. Before version 6, the function is under {@code
 * activation_fn_str}, and the settings of training are in the same file.
 */
public final class SaeLensConfig extends ToolFile {
  private static final int FIRST_OF_TODAY = 6;
  private static final Pattern VERSION = Pattern.compile("v?(\\d+)\\..*");
  private static final List<String> FUNCTIONS = List.of("relu", "topk", "tanh-relu");

  /** How features are chosen from the values before the activation function. */
  public enum Architecture {
    STANDARD("standard", Choice.RELU),
    TANH("standard", Choice.TANH),
    GATED("gated", Choice.GATED),
    JUMPRELU("jumprelu", Choice.JUMPRELU),
    TOPK("topk", Choice.TOPK),
    ABSTOPK("abstopk", Choice.ABSTOPK),
    /** In training, the largest features of a whole batch; afterwards, a threshold. */
    BATCHTOPK("batchtopk", Choice.JUMPRELU),
    MATRYOSHKA_BATCHTOPK("matryoshka_batchtopk", Choice.JUMPRELU),
    TRANSCODER("transcoder", Choice.RELU),
    SKIP_TRANSCODER("skip_transcoder", Choice.RELU),
    JUMPRELU_TRANSCODER("jumprelu_transcoder", Choice.JUMPRELU),
    JUMPRELU_SKIP_TRANSCODER("jumprelu_skip_transcoder", Choice.JUMPRELU);

    private final String key;
    private final Choice choice;

    Architecture(String key, Choice choice) {
      this.key = key;
      this.choice = choice;
    }

    /** Its name in cfg.json. */
    public String key() {
      return key;
    }

    /** Whether each feature counts only above its own threshold. */
    public boolean hasThreshold() {
      return choice == Choice.JUMPRELU;
    }

    /** Whether a fixed number of features is kept at each position. */
    public boolean choosesK() {
      return this == TOPK || this == ABSTOPK;
    }

    /** Whether the input is added, multiplied by a matrix. */
    public boolean skips() {
      return key.endsWith("skip_transcoder");
    }

    /** Whether it is a transcoder, which predicts the output of another module. */
    public boolean isTranscoder() {
      return key.endsWith("transcoder");
    }
  }

  private final Architecture architecture;

  private SaeLensConfig(Path file) {
    super(file, SaeLensKeys.RULES);
    this.architecture = decide();
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if it needs something that is not computed here
   */
  public static SaeLensConfig read(Path file) {
    return new SaeLensConfig(file);
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
    for (String key : entries("activation_fn_kwargs").keySet()) {
      if (!key.equals("k") || !function.equals("topk")) {
        throw new CheckpointException(
            "%s: activation_fn_kwargs has \"%s\" for the function \"%s\", which is not computed"
                .formatted(this, key, function));
      }
    }
    return function;
  }

  /** As in SAELens, a file without a version is older than version 6. */
  private boolean isOld() {
    String version =
        optionalString("sae_lens_version")
            .or(() -> section("metadata").flatMap(each -> each.optionalString("sae_lens_version")))
            .orElse("");
    if (version.isEmpty()) {
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
  private boolean centered() {
    boolean centered = flag("apply_b_dec_to_input", true);
    if (centered && architecture.isTranscoder()) {
      throw new CheckpointException(
          "%s: apply_b_dec_to_input must be false for a %s, whose b_dec is as wide as its output; found true, or nothing, which means true"
              .formatted(this, architecture.key));
    }
    return centered;
  }

  /** How many features are kept at each position. */
  private int k() {
    String argument = entries("activation_fn_kwargs").get("k");
    int outside = integer("k", 0);
    int inside = argument != null && argument.matches("\\d{1,9}") ? Integer.parseInt(argument) : 0;
    int k = inside == 0 ? outside : inside;
    boolean whole = argument == null || inside > 0;
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

  private AutoencoderForm.Scaling scaling() {
    return switch (json("normalize_activations").orElse("")) {
      case "\"constant_norm_rescale\"" -> AutoencoderForm.Scaling.TO_NORM;
      case "\"layer_norm\"" -> AutoencoderForm.Scaling.LAYER_NORM;
      default -> AutoencoderForm.Scaling.NONE;
    };
  }

  /** The form of its computation. */
  public AutoencoderForm form() {
    return new AutoencoderForm(
        architecture.key,
        architecture.choice,
        architecture.choosesK() ? k() : 0,
        centered(),
        rescaledByDecoder(),
        scaling(),
        architecture.isTranscoder());
  }

  /**
   * The place where it belongs: versions before 6 have it among their other keys, later versions
   * under {@code metadata}.
   */
  public AutoencoderHooks hooks() {
    JsonFile place = section("metadata").<JsonFile>map(each -> each).orElse(this);
    Optional<String> hook = hook(place, "hook_name", "hook_layer");
    Optional<String> input = hook.or(() -> hook(this, "hook_point", "hook_point_layer"));
    OptionalInt head = place.optionalInteger("hook_head_index");
    OptionalInt older = place.optionalInteger("hook_point_head_index");
    return new AutoencoderHooks(
        AutoencoderHooks.present(place.optionalString("hf_hook_name"), input),
        architecture.isTranscoder()
            ? AutoencoderHooks.present(
                place.optionalString("hf_hook_name_out"),
                hook(place, "hook_name_out", "hook_layer_out"))
            : List.of(),
        head.isPresent() ? (Integer) head.getAsInt() : older.isPresent() ? older.getAsInt() : null);
  }

  /** A name; in some versions another key has its layer. */
  private static Optional<String> hook(JsonFile place, String key, String layer) {
    return place
        .optionalString(key)
        .map(
            name ->
                name.contains("{layer}")
                    ? name.replace("{layer}", String.valueOf(place.integer(layer)))
                    : name);
  }

  /** Whether features are chosen, and returned, as if each row of the decoder had the norm 1. */
  private boolean rescaledByDecoder() {
    boolean rescaled = flag("rescale_acts_by_decoder_norm", false);
    if (rescaled && !architecture.key.endsWith("topk")) {
      throw new CheckpointException(
          "%s: rescale_acts_by_decoder_norm is true, which is not computed for the architecture '%s'"
              .formatted(this, architecture.key));
    }
    return rescaled;
  }

  /** Whether each feature is multiplied by its own factor before decoding. */
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
