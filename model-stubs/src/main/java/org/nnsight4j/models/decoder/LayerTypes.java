package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@code layer_types} of config.json: which layers see a window, and which see everything. */
public record LayerTypes(ConfigKeys config, List<String> each) {
  public static final String FULL = "full_attention";
  public static final String SLIDING = "sliding_attention";

  private static final String KEY = "layer_types";

  public LayerTypes {
    each = List.copyOf(each);
  }

  /**
   * The types of all layers.
   *
   * @param slides which layers see a window where the key is absent or null
   */
  public static LayerTypes of(ConfigKeys config, int layers, IntPredicate slides) {
    if (!config.config().has(KEY)) {
      return new LayerTypes(
          config,
          IntStream.range(0, layers)
              .mapToObj(layer -> slides.test(layer) ? SLIDING : FULL)
              .toList());
    }
    List<String> each = config.config().strings(KEY);
    if (each.size() != layers) {
      throw config.wrong(
          KEY, "has %s entries, expected one for each of %s layers".formatted(each.size(), layers));
    }
    for (String type : each) {
      if (!type.equals(FULL) && !type.equals(SLIDING)) {
        throw config.wrong(KEY, "has '%s', expected %s or %s".formatted(type, FULL, SLIDING));
      }
    }
    return new LayerTypes(config, each);
  }

  /** Refuses types that the family's class does not read, unless they match what it does anyway. */
  public void requireAll(boolean sliding) {
    String all = sliding ? SLIDING : FULL;
    for (String type : each) {
      if (!type.equals(all)) {
        throw config.wrong(
            KEY,
            "has '%s', but sliding_window makes each layer of this family %s".formatted(type, all));
      }
    }
  }

  public boolean slides(int layer) {
    return each.get(layer).equals(SLIDING);
  }

  /**
   * The window of a layer, or null.
   *
   * @param width the window of all layers that have one
   */
  public @Nullable Integer window(int layer, OptionalInt width) {
    if (!slides(layer)) {
      return null;
    }
    return width.orElseThrow(
        () ->
            config.wrong(
                "sliding_window",
                "is none, but layer %s is of the type %s".formatted(layer, SLIDING)));
  }
}
