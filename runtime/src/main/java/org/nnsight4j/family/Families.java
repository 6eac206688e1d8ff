package org.nnsight4j.family;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;

/**
 * Finds families on the class path and lets them read configurations. Only this class asks a {@link
 * Family} for its blueprint, so that all callers know the same names of the same keys.
 */
public final class Families {
  private Families() {}

  /**
   * The family of an architecture.
   *
   * @throws CheckpointException if there is none on the class path
   */
  public static Family require(String architecture, @Nullable ClassLoader loader) {
    return find(architecture, loader)
        .orElseThrow(
            () ->
                new CheckpointException(
                    "no module tree for the architecture '%s' is on the class path; there are %s. Add nnsight4j-models, or your own implementation with its META-INF/services entry"
                        .formatted(architecture, known(loader))));
  }

  /** The family of an architecture or a {@code model_type}, if there is one on the class path. */
  public static Optional<Family> find(String architecture, @Nullable ClassLoader loader) {
    for (Family family : ServiceLoader.load(Family.class, loader)) {
      if (family.architecture().equals(architecture)
          || family.modelTypes().contains(architecture)) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  /** Whether the family of an architecture reads configurations of a {@code model_type}. */
  public static boolean isOf(String architecture, String modelType, @Nullable ClassLoader loader) {
    return find(architecture, loader)
        .filter(family -> family.modelTypes().contains(modelType))
        .isPresent();
  }

  private static List<String> known(@Nullable ClassLoader loader) {
    List<String> known = new ArrayList<>();
    ServiceLoader.load(Family.class, loader).forEach(family -> known.add(family.architecture()));
    return known;
  }

  /** A checkpoint as its family reads it. */
  public static Checkpoint named(Family family, Checkpoint checkpoint) {
    return checkpoint.withAliases(family.aliases());
  }

  /**
   * The module tree of one configuration.
   *
   * @throws CheckpointException if the configuration cannot be run
   */
  public static Blueprint blueprint(Family family, ModelConfig config) {
    if (config.has("quantization_config")) {
      String method =
          config
              .section("quantization_config")
              .flatMap(section -> section.optionalString("quant_method"))
              .orElse("not named");
      throw new CheckpointException(
          "%s: quantization_config is there (quant_method: %s), so the weights are quantised: their numbers are not the model's own, and they cannot be run here; open the checkpoint from which it was made, usually the repository without %s in its name, or one that was dequantised and saved anew"
              .formatted(config.file(), method, method.equals("not named") ? "a method" : method));
    }
    return family.blueprint(config.withAliases(family.aliases())).withAliases(family.aliases());
  }
}
