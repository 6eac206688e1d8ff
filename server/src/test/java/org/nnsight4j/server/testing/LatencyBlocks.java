package org.nnsight4j.server.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;

/** The run that latency is measured with, blocks of it, and what three processes took for them. */
final class LatencyBlocks {
  /** Runs of a block. */
  static final int BLOCK = 100;

  private static final String TEXT = "The Eiffel Tower is in the city of";
  private static final List<String> PROCESSES = List.of("client", "server", "worker");

  private LatencyBlocks() {}

  /** A trace of eight tokens that saves the last layer. */
  static Tensor trace(LanguageModel<Gpt2> gpt2) {
    return gpt2.trace(TEXT, model -> model.transformer().h(2).output(0).save()).value();
  }

  /** The milliseconds of each run of a block, in order. */
  static double[] block(Runnable run) {
    double[] millis = new double[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      long start = System.nanoTime();
      run.run();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    return millis;
  }

  static double at(double[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
  }

  /** Of this process, the server, and its worker once there is one. */
  static List<ThreadTimes> times(Process server) {
    return Stream.concat(
            Stream.of(ProcessHandle.current().pid(), server.pid()),
            server.children().map(ProcessHandle::pid).limit(1))
        .map(ThreadTimes::of)
        .toList();
  }

  static void printEach(List<ThreadTimes> before, List<ThreadTimes> after, int traces) {
    for (int which = 0; which < Math.min(before.size(), after.size()); which++) {
      print(
          "  processor time of the %s for each: %s",
          PROCESSES.get(which), after.get(which).since(before.get(which), traces));
    }
  }

  static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
