package org.nnsight4j.models.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.values.Saved;

/**
 * Patches 180 rows of 15 tokens in one trace that computes all logits, in a process of its own, and
 * says how much memory that took. Arguments: the directory; the bound in bytes.
 */
public final class PartsProbe {
  private static final int ROWS = 180;
  private static final int TOKENS = 15;

  private PartsProbe() {}

  public static void main(String[] arguments) throws IOException {
    long[] prompt = LongStream.range(0, TOKENS).map(i -> 1000 + 37 * i).toArray();
    TraceOptions options = TraceOptions.defaults().maxBytes(Long.parseLong(arguments[1]));
    List<Saved<?>> saved = new ArrayList<>();
    try (LanguageModel<AnyModel> model =
        LanguageModel.open(Path.of(arguments[0]), OpenOptions.defaults())) {
      Generator<AnyModel> generator = model.trace(options);
      for (int row = 0; row < ROWS; row++) {
        try (Invoker<AnyModel> invoker = generator.invoke(prompt)) {
          Decoder view = Decoder.of(invoker.model());
          int layer = row % view.layerCount();
          view.layer(layer).input().get(":, " + row % TOKENS).set(0);
          // All positions are read, so that all are unembedded.
          saved.add(view.logits().get(":, :, :4").save());
        }
      }
      generator.run();
      System.out.println("parts " + generator.receipt().parts());
    }
    double sum = 0;
    for (Saved<?> each : saved) {
      sum += each.value().at(0);
    }
    System.out.println("sum " + Math.round(1000 * sum));
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM")) {
        System.out.println("VmHWM " + line.replaceAll("[^0-9]", ""));
      }
    }
  }
}
