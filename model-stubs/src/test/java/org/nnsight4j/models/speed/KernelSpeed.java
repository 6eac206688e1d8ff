package org.nnsight4j.models.speed;

import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;

/**
 * Times forward passes and greedy decoding in several settings, in turn, and prints the ratios to
 * the first. Arguments: the directory of a checkpoint, a number of rounds, then settings, each as
 * {@code name=value,...} of system properties, or a word for none.
 */
public final class KernelSpeed {
  private static final int NEW_TOKENS = 33;

  private final LanguageModel<AnyModel> model;

  private KernelSpeed(LanguageModel<AnyModel> model) {
    this.model = model;
  }

  public static void main(String[] arguments) throws Exception {
    List<String> settings =
        arguments.length > 2
            ? List.of(arguments).subList(2, arguments.length)
            : List.of("nnsight4j.linear=linear", "nnsight4j.linear=measured");
    try (LanguageModel<AnyModel> opened =
        LanguageModel.open(Path.of(arguments[0]), OpenOptions.defaults())) {
      new KernelSpeed(opened).run(Integer.parseInt(arguments[1]), settings);
    }
  }

  private void run(int rounds, List<String> settings) {
    Map<String, Runnable> works = new LinkedHashMap<>();
    for (int length : new int[] {16, 64, 128}) {
      works.put("forward of " + length, () -> forward(1, length));
    }
    works.put("decode, after 16", () -> decode(1, 16));
    works.put("decode, 16 rows after 16", () -> decode(16, 16));
    String only = System.getProperty("works", "");
    works.forEach(
        (name, work) -> {
          if (name.contains(only)) {
            compare(name, work, rounds, settings);
          }
        });
  }

  private static void compare(String name, Runnable work, int rounds, List<String> settings) {
    double[][] times = new double[settings.size()][rounds];
    for (int round = -2; round < rounds; round++) {
      for (int i = 0; i < settings.size(); i++) {
        set(settings.get(i));
        long begin = System.nanoTime();
        work.run();
        if (round >= 0) {
          times[i][round] = (System.nanoTime() - begin) / 1e6;
        }
      }
    }
    double base = 0;
    for (int i = 0; i < settings.size(); i++) {
      Arrays.sort(times[i]);
      base = i == 0 ? times[0][0] : base;
      System.out.println(
          String.format(
              Locale.ROOT,
              "%-26s least %8.2f ms, median %8.2f, least of first / least %5.2f  %s",
              name,
              times[i][0],
              times[i][rounds / 2],
              base / times[i][0],
              settings.get(i)));
    }
  }

  private static void set(String settings) {
    for (String pair : settings.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        System.setProperty(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
  }

  private static long[][] prompt(int rows, int length) {
    long[][] prompt = new long[rows][];
    for (int row = 0; row < rows; row++) {
      int from = row;
      prompt[row] = LongStream.range(0, length).map(i -> 1000 + 37 * i + from).toArray();
    }
    return prompt;
  }

  private void forward(int rows, int length) {
    var unused =
        model
            .trace(TraceOptions.defaults())
            .run(
                generator ->
                    generator.invoke(
                        prompt(rows, length),
                        invoker -> invoker.model().module("lm_head").output().save()));
  }

  private void decode(int rows, int length) {
    Generator<AnyModel> generator = model.generate(maxNewTokens(NEW_TOKENS));
    generator.invoke(prompt(rows, length)).close();
    generator.run();
  }
}
