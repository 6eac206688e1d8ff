package org.nnsight4j.server.options;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.server.execute.ModelSpec;

/** Fits memory limits to this machine or container. */
public final class WorkerMemory {
  private static final Pattern HEAP = Pattern.compile("-Xmx([0-9]+)([kmgKMG]?)");

  private WorkerMemory() {}

  /** The options with limits that this machine can satisfy, whatever all workers do at once. */
  public static ServerOptions fitted(ServerOptions options) {
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    return options.inProcess() || options.models().isEmpty()
        ? options
        : options.withLimits(limits(options, machine));
  }

  /**
   * The limits for a machine.
   *
   * @param machine its bytes of memory
   */
  static Limits limits(ServerOptions options, long machine) {
    int workers = options.models().stream().mapToInt(ModelSpec::workers).sum();
    Limits limits = options.limits();
    long worker = Math.min(limits.of(Limit.WORKER_BYTES), machine / 4 * 3 / workers);
    // The heap is part of the worker's memory; values are outside the heap.
    long values = Math.max(worker / 4, worker - heap(options.workerJvm(), machine));
    return limits
        .with(Limit.WORKER_BYTES, worker)
        .with(Limit.BYTES, Math.min(limits.of(Limit.BYTES), values));
  }

  private static long heap(List<String> jvm, long machine) {
    long heap = machine / 4;
    for (String option : jvm) {
      Matcher size = HEAP.matcher(option);
      if (size.matches()) {
        heap = Long.parseLong(size.group(1)) << shift(size.group(2));
      }
    }
    return heap;
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "k", "K" -> 10;
      case "m", "M" -> 20;
      case "g", "G" -> 30;
      default -> 0;
    };
  }
}
