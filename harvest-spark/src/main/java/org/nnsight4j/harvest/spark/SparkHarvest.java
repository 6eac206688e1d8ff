package org.nnsight4j.harvest.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.harvest.job.ShardStore;

/**
 * A {@link DatasetRun} on Apache Spark: each split is a task, whose shard has the bits that {@link
 * DatasetRun#run} gives it.
 *
 * <p>Model, rows and output are files that driver and executors see under the same names. Each
 * executor opens the model once, from mapped weights. Failed, repeated and speculative tasks may
 * compute a split more than once; one of them commits it. Immutable.
 */
public final class SparkHarvest {
  private final SparkSession spark;
  private final DatasetRun run;
  private final HarvestListener listener;

  private SparkHarvest(SparkSession spark, DatasetRun run, HarvestListener listener) {
    this.spark = spark;
    this.run = run;
    this.listener = listener;
  }

  /** A run on Spark; its own workers and progress are not used. */
  public static SparkHarvest of(SparkSession spark, DatasetRun run) {
    return new SparkHarvest(spark, run, HarvestListener.NONE);
  }

  /** Hears of each step, in the processes that make it. */
  public SparkHarvest listener(HarvestListener other) {
    return new SparkHarvest(spark, run, other);
  }

  /**
   * Computes the splits that have no shard yet.
   *
   * @param folder is made if it is not there
   * @throws RunException if the folder has another harvest, or a task failed too often
   */
  public HarvestResult run(Path folder) throws IOException {
    HarvestJob job = run.job();
    Path absolute = folder.toAbsolutePath();
    ShardStore store = ShardStore.open(absolute, job);
    List<RowSplit> missing = store.missing();
    if (!missing.isEmpty()) {
      write(job, absolute, missing);
    }
    return new HarvestResult(
        store, job, store.finish(listener), job.splits().size() - missing.size());
  }

  private void write(HarvestJob job, Path folder, List<RowSplit> missing) {
    int[] splits = missing.stream().mapToInt(RowSplit::index).toArray();
    var bytes = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(job.toBytes());
    HarvestWork work = new HarvestWork(bytes, job.digest(), folder.toString(), splits, listener);
    String key = HarvestProvider.give(work);
    try {
      // One partition for each split: Spark decides where a task runs, never what it computes.
      spark
          .range(0, splits.length, 1, splits.length)
          .toDF(HarvestProvider.PLACE)
          .write()
          .format(HarvestProvider.class.getName())
          .option(HarvestProvider.WORK, key)
          .mode(SaveMode.Append)
          .save();
    } catch (Exception e) {
      // Scala throws checked exceptions that its methods do not declare.
      throw new RunException(
          "the harvest on Spark failed; what is committed stays, run it again to go on: "
              + e.getMessage(),
          e);
    } finally {
      HarvestProvider.take(key);
      bytes.destroy();
    }
  }
}
