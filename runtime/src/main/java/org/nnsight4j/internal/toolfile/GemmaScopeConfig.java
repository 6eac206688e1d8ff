package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AutoencoderForm.Choice;

/** {@code config.json} of Gemma Scope 2, beside {@code params.safetensors}. */
public final class GemmaScopeConfig extends ToolFile {
  private static final KeyRules RULES =
      KeyRules.refusing("changes the numbers, and nnsight4j does not compute it")
          .known("hf_hook_point_in", "hf_hook_point_out", "width", "affine_connection")
          // The model, and how many features are active on average.
          .known("model_name", "l0")
          .only("architecture", Set.of("\"jump_relu\""))
          .only(
              "type",
              Set.of("\"sae\"", "\"transcoder\""),
              "reads or writes several layers, which nnsight4j does not compute")
          .noOthers(
              "is no key of Gemma Scope 2 that nnsight4j knows, and may change the numbers; remove it if it does not")
          .build();

  private GemmaScopeConfig(Path file) {
    super(file, RULES);
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if it needs something that is not computed here
   */
  public static GemmaScopeConfig read(Path file) {
    GemmaScopeConfig config = new GemmaScopeConfig(file);
    if (config.string("type", "").equals("sae") && config.isTranscoder()) {
      throw new CheckpointException(
          "%s: type is \"sae\", but hf_hook_point_in is %s and hf_hook_point_out is %s; expected one place"
              .formatted(
                  config,
                  config.json("hf_hook_point_in").orElse(""),
                  config.json("hf_hook_point_out").orElse("")));
    }
    return config;
  }

  /** Whether it is a transcoder, which predicts the output of another module. */
  public boolean isTranscoder() {
    String in = string("hf_hook_point_in");
    return string("type", "").equals("transcoder") || !string("hf_hook_point_out", in).equals(in);
  }

  /** The form of its computation. */
  public AutoencoderForm form() {
    return jumping(isTranscoder());
  }

  /** The form of all of Gemma Scope: thresholds, and {@code b_dec} only in the decoder. */
  public static AutoencoderForm jumping(boolean transcoder) {
    return new AutoencoderForm(
        "jump_relu", Choice.JUMPRELU, 0, false, false, AutoencoderForm.Scaling.NONE, transcoder);
  }

  public OptionalInt features() {
    return optionalInteger("width");
  }

  /** Whether the input is added, multiplied by a matrix. */
  public boolean skips() {
    return flag("affine_connection", false);
  }

  /** Where it belongs, with the names of Hugging Face's modules. */
  public AutoencoderHooks hooks() {
    return AutoencoderHooks.of(
        string("hf_hook_point_in"), isTranscoder() ? string("hf_hook_point_out") : null);
  }
}
