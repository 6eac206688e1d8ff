package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Rope;

/**
 * Reads what a config.json says about rotary positions, as transformers 5 does: {@code
 * rope_scaling} and {@code rope_theta} in older files, {@code rope_parameters} in newer ones.
 *
 * @param config the whole configuration
 * @param headDim the width of a head
 * @param maxPositions {@code max_position_embeddings}
 * @param usualTheta the class's default for {@code rope_theta}
 * @param partial how much of a head is rotated
 */
public record RopeReader(
    ModelConfig config, int headDim, int maxPositions, double usualTheta, PartialRotary partial) {
  private static final List<String> TYPES =
      List.of("default", "dynamic", "linear", "llama3", "longrope", "proportional", "yarn");

  /** Whole heads are rotated. */
  public RopeReader(ModelConfig config, int headDim, int maxPositions, double usualTheta) {
    this(config, headDim, maxPositions, usualTheta, PartialRotary.NONE);
  }

  /**
   * The rotary positions of this configuration.
   *
   * @throws org.nnsight4j.error.CheckpointException if they cannot be computed as Hugging Face does
   */
  public Rope read() {
    ModelConfig section = section("rope_scaling").or(() -> section("rope_parameters")).orElse(null);
    ConfigKeys whole = new ConfigKeys(config);
    requirePairs(whole);
    if (section == null) {
      int width = partial.width(whole, null, headDim);
      return new Rope(width, whole.above0(partial.thetaKey(), usualTheta), new Rope.Plain());
    }
    return read(section);
  }

  private void requirePairs(ConfigKeys whole) {
    if (headDim % 2 != 0 && !partial.isPartial()) {
      throw whole.wrong(
          "head_dim", "is %s, but rotary positions turn pairs of features".formatted(headDim));
    }
  }

  /** The rotary positions that one section describes for all layers. */
  public Rope read(ModelConfig section) {
    Section rope = new Section(new ConfigKeys(section), new ConfigKeys(config), false);
    rope.refuseLayerTypes();
    return rope.rope();
  }

  /**
   * The rotary positions of the layers of one type, for a class in which they differ by type:
   * {@code rope_parameters} has an object for each type.
   *
   * @param thetaKey where older files have the base; empty if there is no such key
   * @param scaled whether {@code rope_scaling} in older files applies to these layers
   */
  public Rope read(String layerType, String thetaKey, boolean scaled) {
    ConfigKeys whole = new ConfigKeys(config);
    requirePairs(whole);
    double theta = thetaKey.isEmpty() ? usualTheta : whole.above0(thetaKey, usualTheta);
    Optional<ModelConfig> older = section("rope_scaling");
    Optional<ModelConfig> newer = section("rope_parameters");
    if (older.isPresent() && newer.isPresent()) {
      throw whole.wrong("rope_scaling", "is there, and rope_parameters too; only one can be meant");
    }
    newer.ifPresent(RopeReader::requireLayerTypes);
    ModelConfig section =
        (scaled ? older : Optional.<ModelConfig>empty())
            .or(() -> newer.flatMap(all -> all.section(layerType)))
            .orElse(null);
    return section == null
        ? new Rope(headDim, theta, new Rope.Plain())
        : new RopeReader(config, headDim, maxPositions, theta)
            .new Section(new ConfigKeys(section), whole, true)
            .rope();
  }

  private static void requireLayerTypes(ModelConfig all) {
    for (String key : all.keys()) {
      if (!all.json(key).orElse("{").startsWith("{")) {
        throw new ConfigKeys(all)
            .wrong(
                key,
                "is for all layers, but this family turns them by their type: expected %s and %s"
                    .formatted(LayerTypes.FULL, LayerTypes.SLIDING));
      }
    }
  }

  /** An object with content; an empty one counts as absent. */
  private Optional<ModelConfig> section(String key) {
    return config.json(key).filter(text -> !text.equals("{}")).flatMap(any -> config.section(key));
  }

  /** The object that describes the scaling. */
  private final class Section {
    private final ConfigKeys keys;
    private final ConfigKeys whole;
    private final boolean ofLayerType;
    private final int width;

    Section(ConfigKeys keys, ConfigKeys whole, boolean ofLayerType) {
      this.keys = keys;
      this.whole = whole;
      this.ofLayerType = ofLayerType;
      this.width = isProportional() ? headDim : partial.width(whole, keys, headDim);
    }

    Rope rope() {
      return new Rope(width, theta(), scaling());
    }

    private boolean isProportional() {
      return type().equals("proportional");
    }

    private String typeKey() {
      return keys.config().has("rope_type") || keys.config().isNull("rope_type")
          ? "rope_type"
          : "type";
    }

    private String type() {
      String key = typeKey();
      String type = keys.config().isNull(key) ? "null" : keys.config().string(key, "default");
      return partial.longRopes().contains(type) ? "longrope" : type;
    }

    void refuseLayerTypes() {
      for (String key : keys.config().keys()) {
        if (keys.config().json(key).orElse("").startsWith("{")) {
          throw keys.wrong(
              key, "has positions of its own, but this family turns all layers in one way");
        }
      }
    }

    double theta() {
      return keys.config().has("rope_theta") || keys.config().isNull("rope_theta") || ofLayerType
          ? keys.above0("rope_theta", usualTheta)
          : whole.above0(partial.thetaKey(), usualTheta);
    }

    Rope.Scaling scaling() {
      String key = typeKey();
      String type = type();
      if (!TYPES.contains(type)) {
        throw keys.wrong(
            key, "is '%s', which nobody here can compute; known are %s".formatted(type, TYPES));
      }
      if (!partial.isPartial() && !type.equals("default") && !type.equals("proportional")) {
        refusePartial();
      }
      if (width % 2 != 0 && !type.equals("default") && !type.equals("linear")) {
        throw whole.wrong(
            partial.factorKey(),
            "turns %s features of a head, but '%s' needs pairs of features".formatted(width, type));
      }
      return switch (type) {
        case "linear" -> new Rope.Linear(keys.above0("factor"));
        case "dynamic" -> dynamic();
        case "llama3" ->
            new Rope.Llama3(
                keys.above0("factor"),
                keys.above0("low_freq_factor"),
                keys.above0("high_freq_factor"),
                original());
        case "yarn" -> yarn();
        case "longrope" -> longRope();
        case "proportional" ->
            new Rope.Proportional(
                keys.optional("factor").orElse(1), (int) Math.floor(share() * headDim / 2));
        default -> new Rope.Plain();
      };
    }

    private double share() {
      return partial.isPartial()
          ? partial.share(whole, keys)
          : keys.optional("partial_rotary_factor")
              .orElse(whole.optional("partial_rotary_factor").orElse(1));
    }

    private void refusePartial() {
      if ((int) (headDim * share()) != headDim) {
        throw keys.wrong(
            "partial_rotary_factor", "is %s, but this family turns whole heads".formatted(share()));
      }
    }

    /** The length before scaling; a key outside the object has precedence. */
    private int original() {
      String key = "original_max_position_embeddings";
      if (partial.usualOriginal().isPresent()) {
        return whole.positive(key, partial.usualOriginal().getAsInt());
      }
      return !ofLayerType && whole.config().has(key)
          ? whole.positive(key, maxPositions)
          : keys.positive(key, maxPositions);
    }

    private Rope.Scaling dynamic() {
      if (width == 2) {
        throw whole.wrong("head_dim", "is 2, for which dynamic positions are not defined");
      }
      return new Rope.Dynamic(keys.above0("factor"), maxPositions);
    }

    private Rope.Scaling yarn() {
      int original = original();
      double factor =
          keys.config().isNull("factor") ? (double) maxPositions / original : keys.above0("factor");
      boolean truncated = !keys.config().isNull("truncate") && keys.config().flag("truncate", true);
      double low = corrected(or("beta_fast", 32), original);
      double high = corrected(or("beta_slow", 1), original);
      low = Math.max(truncated ? Math.floor(low) : low, 0);
      high = Math.min(truncated ? Math.ceil(high) : high, width - 1);
      if (!Double.isFinite(low) || !Double.isFinite(high)) {
        throw keys.wrong("rope_theta", "is %s, for which yarn is not defined".formatted(theta()));
      }
      return new Rope.Yarn(factor, yarnFactor(factor), low, low == high ? high + 0.001 : high);
    }

    private double yarnFactor(double factor) {
      double all = or("mscale_all_dim", 0);
      double some = or("mscale", 0);
      double usual =
          some != 0 && all != 0
              ? magnitude(factor, some) / magnitude(factor, all)
              : magnitude(factor, 1);
      return keys.optional("attention_factor").orElse(usual);
    }

    private static double magnitude(double factor, double scale) {
      return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    /** The feature that makes this many rotations within the original length. */
    private double corrected(double rotations, int original) {
      return width * Math.log(original / (rotations * 2 * Math.PI)) / (2 * Math.log(theta()));
    }

    /** Like Python's {@code or}: null and 0 count as absent. */
    private double or(String key, double otherwise) {
      double value = keys.optional(key).orElse(0);
      return value == 0 ? otherwise : value;
    }

    private Rope.Scaling longRope() {
      int original = original();
      double factor = keys.optional("factor").orElse((double) maxPositions / original);
      double usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
      return new Rope.LongRope(
          factors("short_factor"),
          factors("long_factor"),
          original,
          keys.optional("attention_factor").orElse(usual));
    }

    private List<Double> factors(String key) {
      List<Double> factors = keys.config().decimals(key);
      if (factors.size() != width / 2) {
        throw keys.wrong(
            key,
            "has %s numbers, expected one for each of %s pairs of features"
                .formatted(factors.size(), width / 2));
      }
      return factors;
    }
  }
}
