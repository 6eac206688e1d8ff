package org.nnsight4j.benchmarks;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** On what was measured. */
final class Machine {
  private static final Path CPU = Path.of("/proc/cpuinfo");

  private Machine() {}

  /** The sentence above the table. */
  static String told(JsonNode python, int threads, int rounds, List<Double> loads) {
    List<String> versions = new ArrayList<>();
    python
        .properties()
        .forEach(each -> versions.add(each.getKey() + " " + each.getValue().asText()));
    return "Measured on %s, %s, %s cores, %s threads on both sides, JDK %s, libtorch %s; Python: %s. %s rounds, alternating; load average %s (the benchmark itself is about %s of it)."
        .formatted(
            LocalDate.now(Clock.system(ZoneOffset.UTC)),
            cpu(),
            Runtime.getRuntime().availableProcessors(),
            threads,
            System.getProperty("java.version"),
            Engine.getEngine("PyTorch").getVersion(),
            versions.isEmpty() ? "not measured" : String.join(", ", versions),
            rounds,
            loads(loads),
            threads);
  }

  private static String loads(List<Double> loads) {
    return String.format(Locale.ROOT, "%.1f to %.1f", Samples.at(loads, 0), Samples.at(loads, 1));
  }

  static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static String cpu() {
    try {
      return Files.readAllLines(CPU).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
