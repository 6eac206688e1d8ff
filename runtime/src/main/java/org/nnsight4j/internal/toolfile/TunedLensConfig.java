package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** {@code config.json} of a lens of the package tuned-lens, 0.1 and 0.2. */
public final class TunedLensConfig extends ToolFile {
  private static final KeyRules RULES =
      KeyRules.refusing("changes the numbers, and nnsight4j does not compute it")
          .known("d_model", "num_hidden_layers", "bias")
          .known("base_model_name_or_path", "base_model_revision", "unembed_hash")
          .only("lens_type", Set.of("\"linear_tuned_lens\""))
          .noOthers(
              "is no key of tuned-lens 0.1 or 0.2, and may change the numbers; remove it if it does not (lenses of 0.0 are other files: load and save them with tuned-lens 0.2)")
          .build();

  private TunedLensConfig(Path file) {
    super(file, RULES);
  }

  /**
   * Reads a configuration.
   *
   * @throws org.nnsight4j.error.CheckpointException if it needs something that is not computed here
   */
  public static TunedLensConfig read(Path file) {
    return new TunedLensConfig(file);
  }

  public int width() {
    return integer("d_model");
  }

  public int layers() {
    return integer("num_hidden_layers");
  }

  public boolean hasBias() {
    return flag("bias", true);
  }

  /** The model that it was made for. */
  public Optional<String> model() {
    return optionalString("base_model_name_or_path");
  }
}
