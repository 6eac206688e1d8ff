package org.nnsight4j.harvest.spark;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.nnsight4j.harvest.PromptNumbers;
import org.nnsight4j.harvest.job.PromptFunction;
import org.nnsight4j.harvest.job.PromptJob;
import org.nnsight4j.harvest.job.SplitNumbers;

/** {@link PromptNumbers} on Apache Spark: each split is a task, with the numbers of a local run. */
public final class SparkPrompts {
  private static final Map<String, PromptJob> OPENED = new ConcurrentHashMap<>();

  private final SparkSession spark;
  private final PromptNumbers analysis;

  private SparkPrompts(SparkSession spark, PromptNumbers analysis) {
    this.spark = spark;
    this.analysis = analysis;
  }

  public static SparkPrompts of(SparkSession spark, PromptNumbers analysis) {
    return new SparkPrompts(spark, analysis);
  }

  /**
   * The numbers of each split, in the order of the dataset.
   *
   * @param function is sent to the executors, with what it refers to
   */
  public List<SplitNumbers> run(PromptFunction function) throws IOException {
    PromptJob job = analysis.job();
    if (job.splits().isEmpty()) {
      return List.of();
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<byte[]> bytes = context.broadcast(job.toBytes());
    String key = UUID.randomUUID().toString();
    List<Integer> splits = IntStream.range(0, job.splits().size()).boxed().toList();
    try {
      return context
          .parallelize(splits, splits.size())
          .map(
              split -> {
                PromptJob here = OPENED.computeIfAbsent(key, any -> PromptJob.read(bytes.value()));
                return here.compute(here.splits().get(split), function);
              })
          .collect()
          .stream()
          .sorted(Comparator.comparingInt(SplitNumbers::split))
          .toList();
    } finally {
      bytes.destroy();
    }
  }
}
