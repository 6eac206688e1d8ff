package org.nnsight4j.benchmarks;

import static org.nnsight4j.Options.maxNewTokens;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;

/** A user's first program: opens a checkpoint, reads a text, and prints the next token. */
public final class FirstToken {
  private FirstToken() {}

  /**
   * Prints the token and the most bytes that the heap has held.
   *
   * @param args the checkpoint
   */
  public static void main(String[] args) {
    try (LanguageModel<AnyModel> model = LanguageModel.open(Path.of(args[0]));
        Generator<AnyModel> generator = model.generate(maxNewTokens(1).doSample(false))) {
      generator.invoke("The Eiffel Tower is in the city of").close();
      generator.run();
      long[] ids = generator.output().ids(0);
      System.out.println(ids[ids.length - 1] + " " + peak());
    }
  }

  private static long peak() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }
}
