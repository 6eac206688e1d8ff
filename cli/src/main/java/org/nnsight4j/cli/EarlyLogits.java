package org.nnsight4j.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** The logits that the end of any decoder computes from the residual stream after each block. */
final class EarlyLogits {
  private EarlyLogits() {}

  static Map<String, Value<? extends Axis>> of(Decoder model) {
    Map<String, Value<? extends Axis>> logits = new LinkedHashMap<>();
    for (int i = 0; i < model.layerCount(); i++) {
      DecoderLayer layer = model.layer(i);
      logits.put(shortened(layer.toString()), model.project(layer.output()));
    }
    return logits;
  }

  /** The name of the list and the index: {@code h.3} for {@code transformer.h.3}. */
  private static String shortened(String block) {
    return block.replaceFirst("^.*\\.(?=[^.]+\\.[^.]+$)", "");
  }
}
