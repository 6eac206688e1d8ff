package org.nnsight4j.models.decoder;

import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much of each head turns, and the words that a family has for it beside {@code
 * rope_parameters}.
 *
 * @param thetaKey the key of the base of the frequencies
 * @param factorKey the key of the share of a head that turns; empty if whole heads do
 * @param usualFactor the class's default of it
 * @param longRopes other names of the type {@code longrope}
 * @param usualOriginal the class's default of {@code original_max_position_embeddings} beside the
 *     object, which wins over the one inside; empty if the class has no such key
 */
public record PartialRotary(
    String thetaKey,
    String factorKey,
    double usualFactor,
    Set<String> longRopes,
    OptionalInt usualOriginal) {
  /** Whole heads turn. */
  public static final PartialRotary NONE = new PartialRotary("rope_theta", "", 1);

  private static final String IN_SECTION = "partial_rotary_factor";

  /** With the usual names and lengths. */
  public PartialRotary(String thetaKey, String factorKey, double usualFactor) {
    this(thetaKey, factorKey, usualFactor, Set.of(), OptionalInt.empty());
  }

  public PartialRotary {
    longRopes = Set.copyOf(longRopes);
  }

  boolean isPartial() {
    return !factorKey.isEmpty();
  }

  /** The share of a head that turns: what the object says wins. */
  double share(ConfigKeys whole, @Nullable ConfigKeys section) {
    if (section != null
        && (section.config().has(IN_SECTION) || section.config().isNull(IN_SECTION))) {
      return section.above0(IN_SECTION, usualFactor);
    }
    return whole.above0(factorKey, usualFactor);
  }

  /** The features of a head that turn; an odd number is one of which half a pair is new. */
  int width(ConfigKeys whole, @Nullable ConfigKeys section, int headDim) {
    if (!isPartial()) {
      return headDim;
    }
    double share = share(whole, section);
    int width = (int) (headDim * share);
    if (width < 1 || width + width % 2 > headDim) {
      throw whole.wrong(
          factorKey,
          "is %s, so that %s of the %s features of a head would turn"
              .formatted(share, width, headDim));
    }
    return width;
  }
}
