package org.nnsight4j.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.models.decoder.DecoderPaths;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** What the end of any decoder makes of the values after each of its blocks. */
final class EarlyLogits {
  private EarlyLogits() {}

  static Map<String, Value<Axis>> of(AnyModel model, DecoderPaths paths) {
    Map<String, Value<Axis>> logits = new LinkedHashMap<>();
    for (String block : paths.blocks()) {
      Value<Axis> normed = model.module(block).output();
      for (String last : paths.last()) {
        normed = model.module(last).apply(normed);
      }
      logits.put(shortened(block), model.module(paths.head()).apply(normed));
    }
    return logits;
  }

  /** The list and the number: {@code h.3} of {@code transformer.h.3}. */
  private static String shortened(String block) {
    return block.replaceFirst("^.*\\.(?=[^.]+\\.[^.]+$)", "");
  }
}
