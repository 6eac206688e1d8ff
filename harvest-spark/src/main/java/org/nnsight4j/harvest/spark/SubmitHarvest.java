package org.nnsight4j.harvest.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.tensor.DType;

/**
 * A harvest of hooks for {@code spark-submit}; other graphs are programs that call {@link
 * SparkHarvest}.
 *
 * <pre>{@code
 * spark-submit --class org.nnsight4j.harvest.spark.SubmitHarvest nnsight4j-harvest-spark.jar \
 *     model=/models/gpt2 lines=/data/corpus.txt hooks=blocks.5.hook_resid_post out=/data/harvest
 * }</pre>
 */
public final class SubmitHarvest {
  private static final Set<String> NAMES =
      Set.of("model", "lines", "hooks", "out", "dtype", "format", "contexts", "split", "batch");

  private SubmitHarvest() {}

  /**
   * Runs a harvest.
   *
   * @param args {@code model}, {@code lines}, {@code hooks} (separated by commas) and {@code out};
   *     {@code dtype} (FLOAT16), {@code format} (safetensors), {@code contexts}, {@code split} and
   *     {@code batch} if others than usual, each as {@code name=value}
   */
  public static void main(String[] args) throws IOException {
    Map<String, String> given = given(args);
    SparkSession spark = SparkSession.builder().appName("nnsight4j harvest").getOrCreate();
    try (LanguageModel<AnyModel> model = LanguageModel.open(Path.of(needed(given, "model")))) {
      DType dtype = DType.valueOf(given.getOrDefault("dtype", "FLOAT16"));
      String[] hooks = needed(given, "hooks").split(",", -1);
      DatasetRun run =
          DatasetRun.of(model, (invoker, columns) -> columns.hooks(dtype, hooks))
              .over(DatasetRows.lines(Path.of(needed(given, "lines"))))
              .format(given.getOrDefault("format", "safetensors"));
      if (given.containsKey("split")) {
        run = run.rowsPerSplit(number(given, "split"));
      }
      if (given.containsKey("batch")) {
        run = run.rowsPerBatch(number(given, "batch"));
      }
      if (given.containsKey("contexts")) {
        run = run.contexts(number(given, "contexts"));
      }
      HarvestResult result = SparkHarvest.of(spark, run).run(Path.of(needed(given, "out")));
      System.out.println(result);
    } finally {
      spark.stop();
    }
  }

  private static Map<String, String> given(String... args) {
    Map<String, String> given = new TreeMap<>();
    for (String arg : args) {
      int sign = arg.indexOf('=');
      if (sign < 1 || !NAMES.contains(arg.substring(0, sign))) {
        throw new RunException(
            "expected NAME=VALUE with the names %s, found '%s'"
                .formatted(NAMES.stream().sorted().toList(), arg));
      }
      given.put(arg.substring(0, sign), arg.substring(sign + 1));
    }
    return given;
  }

  private static String needed(Map<String, String> given, String name) {
    String value = given.get(name);
    if (value == null) {
      throw new RunException("expected %s=..., found %s".formatted(name, given.keySet()));
    }
    return value;
  }

  private static int number(Map<String, String> given, String name) {
    String value = needed(given, name);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new RunException("expected a number for %s, found '%s'".formatted(name, value), e);
    }
  }
}
