package org.nnsight4j.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.Batching;
import org.nnsight4j.harvest.job.BitCheck;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.ShardColumn;
import org.nnsight4j.harvest.job.ShardFormat;
import org.nnsight4j.harvest.job.ShardStore;

/**
 * One recorded graph over a dataset, as a folder of shards.
 *
 * <pre>{@code
 * DatasetRun.of(gpt2, (invoker, columns) -> columns.hooks(FLOAT16, "blocks.2.hook_resid_post"))
 *     .over(DatasetRows.lines(Path.of("corpus.txt")))
 *     .run(folder);
 * }</pre>
 *
 * <p>A shard is a pure function of its split: the same bits with one worker or many, here or on
 * Spark, at once or after any number of kills. A run on a folder goes on where an earlier one
 * ended; a folder of another harvest is refused, naming what differs. Immutable.
 */
public final class DatasetRun {
  private final LanguageModel<?> model;
  private final byte[] request;
  private final List<ShardColumn> columns;
  private final int keep;
  private final Settings settings;

  /** What can be changed. */
  private record Settings(
      @Nullable RowSource source,
      Batching batching,
      String format,
      HarvestJob.Kernels kernels,
      int workers,
      Consumer<HarvestProgress> progress,
      HarvestListener listener) {
    Settings with(Batching other) {
      return new Settings(source, other, format, kernels, workers, progress, listener);
    }
  }

  private DatasetRun(
      LanguageModel<?> model,
      byte[] request,
      List<ShardColumn> columns,
      int keep,
      Settings settings) {
    this.model = model;
    this.request = request;
    this.columns = columns;
    this.keep = keep;
    this.settings = settings;
  }

  /**
   * Records what is kept of each token or text. The model's edits are part of it.
   *
   * @throws org.nnsight4j.error.RecordingException if a column does not fit
   */
  public static <M> DatasetRun of(LanguageModel<M> model, Recorder<M> recorder) {
    Recorded<M> recorded = new Recorded<>(recorder);
    byte[] request =
        model.request(
            TraceOptions.defaults(),
            generator -> {
              try (Invoker<M> invoker = generator.input()) {
                recorded.on(invoker);
              }
            });
    Columns<M> columns = recorded.columns();
    Batching usual = new Batching(1000, 16, model.blueprint().maxPositions(), 0);
    return new DatasetRun(
        model,
        request,
        columns.all(),
        columns.kept(),
        new Settings(
            null,
            usual,
            "safetensors",
            new HarvestJob.Kernels(1, "linear"),
            Runtime.getRuntime().availableProcessors(),
            any -> {},
            HarvestListener.NONE));
  }

  /** What a recorder recorded. */
  private static final class Recorded<M> {
    private final Recorder<M> recorder;
    private @Nullable Columns<M> columns;

    Recorded(Recorder<M> recorder) {
      this.recorder = Objects.requireNonNull(recorder, "the recorder is null");
    }

    void on(Invoker<M> invoker) {
      columns = new Columns<>(invoker);
      recorder.record(invoker, columns);
    }

    Columns<M> columns() {
      return Objects.requireNonNull(columns);
    }
  }

  private DatasetRun with(Settings other) {
    return new DatasetRun(model, request, columns, keep, other);
  }

  /** The rows. */
  public DatasetRun over(RowSource source) {
    Settings s = settings;
    return with(
        new Settings(source, s.batching, s.format, s.kernels, s.workers, s.progress, s.listener));
  }

  /** How many rows of the dataset become a shard; 1,000 usually. They are in memory together. */
  public DatasetRun rowsPerSplit(int rows) {
    Batching b = settings.batching;
    return with(settings.with(new Batching(rows, b.rowsPerBatch(), b.maxTokens(), b.context())));
  }

  /** How many texts of one length are computed in a pass, at most; 16 usually. */
  public DatasetRun rowsPerBatch(int rows) {
    Batching b = settings.batching;
    return with(settings.with(new Batching(b.rowsPerSplit(), rows, b.maxTokens(), b.context())));
  }

  /** Longer texts are cut after so many tokens; the model's positions usually. */
  public DatasetRun maxTokens(int tokens) {
    if (tokens > model.blueprint().maxPositions()) {
      throw new RunException(
          "expected at most the model's %s positions, found %s tokens"
              .formatted(model.blueprint().maxPositions(), tokens));
    }
    Batching b = settings.batching;
    return with(
        settings.with(new Batching(b.rowsPerSplit(), b.rowsPerBatch(), tokens, b.context())));
  }

  /**
   * Joins the rows of each split and cuts them into texts of this length, as for the training of
   * sparse autoencoders; what is left at the end of a split is not used.
   */
  public DatasetRun contexts(int tokens) {
    Batching b = settings.batching;
    return with(
        settings.with(new Batching(b.rowsPerSplit(), b.rowsPerBatch(), b.maxTokens(), tokens)));
  }

  /** The format of shards: {@code safetensors}, {@code arrow} or {@code parquet}. */
  public DatasetRun format(String name) {
    Settings s = settings;
    return with(
        new Settings(s.source, s.batching, name, s.kernels, s.workers, s.progress, s.listener));
  }

  /**
   * The pinned kernels: threads of one operation, 1 usually, and the form of matrix products as in
   * the property {@code nnsight4j.linear}, {@code linear} usually. They are part of the job, as
   * bits depend on them.
   */
  public DatasetRun kernels(int threads, String form) {
    Settings s = settings;
    return with(
        new Settings(
            s.source,
            s.batching,
            s.format,
            new HarvestJob.Kernels(threads, form),
            s.workers,
            s.progress,
            s.listener));
  }

  /** How many splits are computed at the same time; bits do not depend on it. */
  public DatasetRun workers(int count) {
    if (count < 1) {
      throw new RunException("expected a worker or more, found " + count);
    }
    Settings s = settings;
    return with(
        new Settings(s.source, s.batching, s.format, s.kernels, count, s.progress, s.listener));
  }

  /** Hears how far it is after each split. */
  public DatasetRun progress(Consumer<HarvestProgress> listener) {
    Settings s = settings;
    return with(
        new Settings(s.source, s.batching, s.format, s.kernels, s.workers, listener, s.listener));
  }

  /** Hears of each step of each split; an exception from there fails the run. */
  public DatasetRun listener(HarvestListener listener) {
    Settings s = settings;
    return with(
        new Settings(s.source, s.batching, s.format, s.kernels, s.workers, s.progress, listener));
  }

  /**
   * The job, for another executor. Reads the dataset and the weights once, for their digests.
   *
   * @throws RunException if the format cannot hold the columns
   */
  public HarvestJob job() throws IOException {
    RowSource source = settings.source;
    if (source == null) {
      throw new RunException("the harvest has no rows; say over(DatasetRows.lines(...))");
    }
    HarvestJob.Spec spec =
        new HarvestJob.Spec(
            request,
            model.directory().toAbsolutePath(),
            settings(model.options()),
            source,
            settings.batching,
            settings.format,
            columns,
            keep,
            settings.kernels);
    ShardFormat.of(settings.format).check(spec);
    return HarvestJob.of(spec);
  }

  static LoadSettings settings(OpenOptions options) {
    return new LoadSettings(
        options.strict(),
        options.dtype(),
        TorchDevice.of(options.device()),
        options.convertUpTo(),
        options.weights());
  }

  /**
   * Computes the splits that have no shard yet, in this process.
   *
   * @param folder is made if it is not there
   * @throws RunException if the folder has another harvest, naming what differs
   */
  public HarvestResult run(Path folder) throws IOException {
    HarvestJob job = job();
    ShardStore store = ShardStore.open(folder, job);
    return new LocalExecutor(job, store, settings.workers, settings.progress, settings.listener)
        .run();
  }

  /**
   * Computes random texts of a complete harvest again, each in a pass of the shape that it was in,
   * and compares all bits.
   *
   * @param texts how many different ones; all if the harvest has no more
   * @param seed which
   * @return how many numbers are equal: for each text, each number of its columns
   * @throws RunException naming the first that differs
   */
  public long verify(Path folder, int texts, long seed) throws IOException {
    HarvestJob job = job();
    return BitCheck.check(job, ShardStore.open(folder, job), texts, seed);
  }
}
