package org.nnsight4j.benchmarks;

import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
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
import org.nnsight4j.values.WeightFormat;

/**
 * Times forward passes and greedy decoding in several settings, in turn, and prints the ratios to
 * the first. Arguments: the directory of a checkpoint, a number of rounds, then settings, each as
 * {@code name=value,...} of system properties, and {@code weights=FORMAT} for how weights are kept.
 */
public final class KernelSpeed {
  private static final int NEW_TOKENS = 33;

  private static final String WEIGHTS = "weights";

  private final Path folder;
  private final Map<WeightFormat, LanguageModel<AnyModel>> models =
      new EnumMap<>(WeightFormat.class);
  private LanguageModel<AnyModel> model;

  private KernelSpeed(Path folder) {
    this.folder = folder;
    this.model = opened(WeightFormat.AS_STORED);
  }

  private LanguageModel<AnyModel> opened(WeightFormat format) {
    return models.computeIfAbsent(
        format, each -> LanguageModel.open(folder, OpenOptions.defaults().weights(each)));
  }

  public static void main(String[] arguments) throws Exception {
    List<String> settings =
        arguments.length > 2
            ? List.of(arguments).subList(2, arguments.length)
            : List.of("nnsight4j.linear=linear", "nnsight4j.linear=measured");
    KernelSpeed speed = new KernelSpeed(Path.of(arguments[0]));
    speed.run(Integer.parseInt(arguments[1]), settings);
    speed.models.values().forEach(LanguageModel::close);
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

  private void compare(String name, Runnable work, int rounds, List<String> settings) {
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

  private void set(String settings) {
    model = opened(WeightFormat.AS_STORED);
    for (String pair : settings.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (pair.startsWith(WEIGHTS + "=")) {
        model = opened(WeightFormat.valueOf(pair.substring(equals + 1)));
      } else if (equals > 0) {
        System.setProperty(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
  }

  private static long[][] prompt(int rows, int length) {
    long[][] prompt = new long[rows][];
    for (int row = 0; row < rows; row++) {
      int from = row;
      prompt[row] = LongStream.range(0, length).map(i -> (37 * i + from) % 997).toArray();
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
