package org.nnsight4j.models.decoder;

import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much of each head is rotated, and the keys that a family has for it besides {@code
 * rope_parameters}.
 *
 * @param thetaKey the key of the base of the frequencies
 * @param factorKey the key of the share of a head that is rotated; empty if whole heads are
 * @param usualFactor the class's default for it
 * @param longRopes other names of the type {@code longrope}
 * @param usualOriginal the class's default for {@code original_max_position_embeddings} outside the
 *     object, which overrides the one inside; empty if the class has no such key
 */
public record PartialRotary(
    String thetaKey,
    String factorKey,
    double usualFactor,
    Set<String> longRopes,
    OptionalInt usualOriginal) {
  /** Whole heads are rotated. */
  public static final PartialRotary NONE = new PartialRotary("rope_theta", "", 1);

  private static final String IN_SECTION = "partial_rotary_factor";

  /** With the usual names and the default lengths. */
  public PartialRotary(String thetaKey, String factorKey, double usualFactor) {
    this(thetaKey, factorKey, usualFactor, Set.of(), OptionalInt.empty());
  }

  public PartialRotary {
    longRopes = Set.copyOf(longRopes);
  }

  boolean isPartial() {
    return !factorKey.isEmpty();
  }

  /** The share of a head that is rotated; the object has precedence. */
  double share(ConfigKeys whole, @Nullable ConfigKeys section) {
    if (section != null
        && (section.config().has(IN_SECTION) || section.config().isNull(IN_SECTION))) {
      return section.above0(IN_SECTION, usualFactor);
    }
    return whole.above0(factorKey, usualFactor);
  }

  /** The number of features of a head that are rotated; an odd number ends with half a pair. */
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
