package org.nnsight4j.models.conformance;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepSite;

/**
 * A program that sweeps 12 layers x 15 positions of 8 pairs that differ from position 10 on, in a
 * model of GPT-2 small's shape with random weights, in turn planned and by one pass for each cell.
 * Arguments: a folder for the model, how often, and whether to run the passes for each cell too. It
 * also times one forward pass, of which the passes for each cell are 180, and the attribution.
 */
public final class SweepProbe {
  private static final String GPT2 =
      """
      {"model_type": "gpt2", "n_layer": 12, "n_head": 12, "n_embd": 768, "n_positions": 1024,
       "vocab_size": 50257}
      """;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final int PAIRS = 8;
  private static final int LENGTH = 15;
  private static final int FIRST = 10;

  private SweepProbe() {}

  /** Prints milliseconds of the processor and the peak of the resident memory. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    int times = Integer.parseInt(arguments[1]);
    boolean both = Boolean.parseBoolean(arguments[2]);
    if (!Files.exists(folder.resolve("model.safetensors"))) {
      Files.createDirectories(folder);
      RandomCheckpoint.write(folder, GPT2);
    }
    Random random = new Random(7);
    long[][] clean = new long[PAIRS][];
    long[][] corrupted = new long[PAIRS][];
    for (int pair = 0; pair < PAIRS; pair++) {
      clean[pair] = random.longs(LENGTH, 0, 50257).toArray();
      corrupted[pair] = clean[pair].clone();
      corrupted[pair][FIRST] = (clean[pair][FIRST] + 1) % 50257;
    }
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder)) {
      SweepPlan plan =
          model
              .sweep(clean, corrupted)
              .at(SweepSite.RESID_PRE)
              .denoise()
              .metric("difference", Metrics.logitDifference(5, 6))
              .plan();
      System.out.println(plan.report());
      var warm = plan.run();
      System.out.println("peak MB after a planned sweep: " + peak());
      List<Double> planned = new ArrayList<>();
      List<Double> bare = new ArrayList<>();
      List<Double> attributed = new ArrayList<>();
      List<Double> naive = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        planned.add(milliseconds(plan::run));
        bare.add(
            milliseconds(
                () ->
                    model
                        .trace()
                        .run(
                            generator -> {
                              var invoker = generator.invoke(clean);
                              return Decoder.of(invoker.model()).logits().at(-1).save();
                            })
                        .result()));
        attributed.add(milliseconds(plan::attribute));
        if (both) {
          naive.add(milliseconds(plan::naive));
        }
      }
      print("planned", planned);
      print("one forward of 8 prompts", bare);
      print("attributed", attributed);
      if (both) {
        print("naive", naive);
      }
    }
  }

  /** Of the processor, which other programs on the machine change less than the clock's. */
  private static double milliseconds(Supplier<?> work) {
    long start = SYSTEM.getProcessCpuTime();
    var unused = work.get();
    return (SYSTEM.getProcessCpuTime() - start) / 1e6;
  }

  private static void print(String name, List<Double> all) {
    double[] sorted = all.stream().mapToDouble(each -> each).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%s: median %.1f ms, least %.1f ms, of %s%n",
        name,
        sorted[sorted.length / 2],
        sorted[0],
        Arrays.toString(Arrays.stream(sorted).mapToLong(Math::round).toArray()));
  }

  private static long peak() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(-1);
  }
}
