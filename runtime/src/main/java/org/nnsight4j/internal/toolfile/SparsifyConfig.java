package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AutoencoderForm.Choice;

/**
 * {@code cfg.json} of EleutherAI's sparsify (its {@code SparseCoderConfig}), formerly {@code sae}.
 * Its folder has the name of the module for which it was made.
 */
public final class SparsifyConfig extends ToolFile {
  private static final KeyRules RULES =
      KeyRules.refusing("changes the numbers, and nnsight4j does not compute it")
          .known("d_in", "num_latents", "expansion_factor", "k", "signed")
          .known("skip_connection", "transcode")
          .only("activation", Set.of("\"topk\"", "\"groupmax\""))
          // Used only in training: the saved weights do not depend on it.
          .known("normalize_decoder", "multi_topk")
          .noOthers(
              "is no key of sparsify 1.3.3 or older that nnsight4j knows, and may change the numbers; remove it if it does not")
          .build();

  private static final Pattern MODULE = Pattern.compile("[A-Za-z]\\w*(?:\\.\\w+)*");
  private static final Pattern LAYER = Pattern.compile("(?:.*\\.)?layers\\.(\\d{1,6})");

  private SparsifyConfig(Path file) {
    super(file, RULES);
  }

  /**
   * Reads a configuration.
   *
   * @throws CheckpointException if it needs something that is not computed here
   */
  public static SparsifyConfig read(Path file) {
    return new SparsifyConfig(file);
  }

  /** The form of its computation. */
  public AutoencoderForm form() {
    boolean grouped = string("activation", "topk").equals("groupmax");
    boolean signed = flag("signed", false);
    if (grouped && signed) {
      throw new CheckpointException(
          "%s: expected activation=\"groupmax\" or signed=true, found both; no version of sparsify computes that"
              .formatted(this));
    }
    boolean transcoder = flag("transcode", false);
    return new AutoencoderForm(
        grouped ? "groupmax" : "topk",
        grouped ? Choice.GROUPMAX : signed ? Choice.ABSTOPK : Choice.TOPK,
        integer("k"),
        !transcoder,
        false,
        AutoencoderForm.Scaling.NONE,
        transcoder);
  }

  public int width() {
    return integer("d_in");
  }

  /** How many features it must have; empty if the file does not say. */
  public OptionalInt features() {
    int latents = integer("num_latents", 0);
    OptionalInt factor = optionalInteger("expansion_factor");
    return latents != 0
        ? OptionalInt.of(latents)
        : factor.isPresent() ? OptionalInt.of(width() * factor.getAsInt()) : OptionalInt.empty();
  }

  /** Whether the input is added, multiplied by a matrix. */
  public boolean skips() {
    return flag("skip_connection", false);
  }

  /** The place where it belongs: its folder has the name of the module. */
  public AutoencoderHooks hooks() {
    Path folder = file().toAbsolutePath().normalize().getParent();
    Path last = folder == null ? null : folder.getFileName();
    String module = last == null ? "" : last.toString();
    boolean named = module.equals("embed_tokens") || module.matches(".*\\.\\d+(?:\\..+)?");
    if (!named || !MODULE.matcher(module).matches()) {
      return AutoencoderHooks.NONE;
    }
    if (flag("transcode", false)) {
      return AutoencoderHooks.of(module + ".input", module + ".output");
    }
    List<String> names = new ArrayList<>(List.of(module + ".output"));
    Matcher layer = LAYER.matcher(module);
    if (layer.matches()) {
      names.add("blocks." + layer.group(1) + ".hook_resid_post");
    }
    return new AutoencoderHooks(names, List.of(), null);
  }
}
