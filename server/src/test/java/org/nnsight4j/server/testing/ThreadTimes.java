package org.nnsight4j.server.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The processor time of a process by the names of its threads, in milliseconds; Linux only,
 * elsewhere there is none. What other programs take does not count.
 */
record ThreadTimes(Map<String, Double> millis) {
  private static final double LEAST = 0.05;

  static ThreadTimes of(long pid) {
    Map<String, Double> millis = new TreeMap<>();
    Path tasks = Path.of("/proc", Long.toString(pid), "task");
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        add(thread, millis);
      }
    } catch (IOException e) {
      return new ThreadTimes(Map.of());
    }
    return new ThreadTimes(millis);
  }

  private static void add(Path thread, Map<String, Double> millis) {
    try {
      String nanos = Files.readString(thread.resolve("schedstat")).split(" ", -1)[0];
      String name = Files.readString(thread.resolve("comm")).strip().replaceAll("[-#0-9 ]+$", "");
      millis.merge(name, Double.parseDouble(nanos) / 1e6, Double::sum);
    } catch (IOException e) {
      // A thread that has just ended.
    }
  }

  /** What was added since then, for each of so many jobs, the most first. */
  String since(ThreadTimes before, int jobs) {
    Map<String, Double> each = new TreeMap<>();
    millis.forEach(
        (name, now) -> each.put(name, (now - before.millis.getOrDefault(name, 0.0)) / jobs));
    double sum = each.values().stream().mapToDouble(Double::doubleValue).sum();
    String names =
        each.entrySet().stream()
            .filter(entry -> entry.getValue() > LEAST)
            .sorted(Comparator.comparing(entry -> -entry.getValue()))
            .map(entry -> String.format(Locale.ROOT, "%s %.2f", entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return String.format(Locale.ROOT, "%.2f ms (%s)", sum, names);
  }
}
