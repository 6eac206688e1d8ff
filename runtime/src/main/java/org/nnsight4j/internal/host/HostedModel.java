package org.nnsight4j.internal.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Conversions;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.internal.checkpoint.WeightMatch;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.local.LocalBackend;
import org.nnsight4j.internal.local.LocalRuns;
import org.nnsight4j.internal.local.PlannedRun;
import org.nnsight4j.internal.plan.ForwardCost;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.JoinedSteps;
import org.nnsight4j.internal.run.Meter;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.internal.run.Shelf;
import org.nnsight4j.internal.run.ShelfFile;
import org.nnsight4j.internal.run.TraceRun;
import org.nnsight4j.internal.share.Joining;
import org.nnsight4j.internal.share.MeasuredSharing;
import org.nnsight4j.internal.share.RandomTrial;
import org.nnsight4j.internal.sweep.SweepRequest;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.tokenizer.Tokenizer;

/**
 * A checkpoint that runs graphs recorded elsewhere, as on a server. It needs no descriptor, only
 * the family on the class path.
 */
public final class HostedModel implements AutoCloseable {
  private final Loaded loaded;
  private final LocalRuns runs;
  private final SharedRuns shared;
  private final Joining joining;
  private @Nullable ForwardCost forward;
  private @Nullable JoinedSteps steps;

  private HostedModel(Loaded loaded) {
    this.loaded = loaded;
    this.runs = new LocalRuns(loaded);
    this.joining = new Joining(loaded.blueprint());
    this.shared =
        shared(
            runner ->
                new MeasuredSharing(
                    new RandomTrial(runner.rehearsal(), blueprint().vocabularySize())));
  }

  /** Creates the runner of shared passes, with a way to try shapes. */
  SharedRuns shared(Function<Runner, MeasuredSharing> begin) {
    return new SharedRuns(loaded, this::traced, begin);
  }

  /**
   * Opens a checkpoint; the weights load at the first run.
   *
   * @throws CheckpointException if the directory contains no checkpoint of a family on the class
   *     path
   */
  public static HostedModel open(Path directory) {
    return open(directory, LoadSettings.usual(false));
  }

  /**
   * {@link #open(Path)} with settings.
   *
   * @throws CheckpointException if the directory contains no checkpoint of a family on the class
   *     path
   */
  public static HostedModel open(Path directory, LoadSettings settings) {
    Checkpoint checkpoint = Checkpoint.open(directory);
    ClassLoader families = HostedModel.class.getClassLoader();
    Family family = Families.require(checkpoint.config().modelType(), families);
    Blueprint blueprint = Families.blueprint(family, checkpoint.config());
    return new HostedModel(
        new Loaded(
            Families.named(family, checkpoint),
            blueprint.withType(settings.run()),
            families,
            settings,
            false,
            HostedModel.class));
  }

  /** Modules and sites of a model with this configuration. */
  public static Blueprint blueprint(ModelConfig config) {
    Family family = Families.require(config.modelType(), HostedModel.class.getClassLoader());
    return Families.blueprint(family, config);
  }

  public Blueprint blueprint() {
    return loaded.blueprint();
  }

  /** Loads the weights now. */
  public void load() {
    var unused = loaded.running(loaded::runner);
  }

  /** The checkpoint's tokenizer. */
  public Tokenizer tokenizer() {
    return loaded.tokenizer();
  }

  /**
   * Plans a run over rows that are given later, any number of times and from any thread.
   *
   * @return runs it on token ids, which are the rows of its one open prompt
   * @throws org.nnsight4j.error.PlanningException if it cannot run on this model
   */
  public Function<List<long[]>, Result> prepared(RequestedRun run) {
    Backend.Rerun rerun = new LocalBackend(loaded).prepare(run);
    return rows ->
        rerun.on(
            new Backend.Inputs(List.of(new Prompt.Ids(rows)), run.lines(), Map.of()),
            TokenListener.NONE);
  }

  /** Runs a request and writes its result as a safetensors file. */
  public void run(RunRequest request, Path file, RunSequence.Progress progress) {
    run(request, file, progress, Long.MAX_VALUE);
  }

  /**
   * Runs a request and writes its result as a safetensors file.
   *
   * @param memory how many bytes its values may take at the same time; the result may be larger
   *     than the heap
   */
  public void run(RunRequest request, Path file, RunSequence.Progress progress, long memory) {
    run(request, file, progress, memory, content -> content.write(file));
  }

  /**
   * Runs a request.
   *
   * @param file a name beside which values may be kept while it runs
   * @param memory how many bytes its values may take at the same time
   * @param sink gets the result, while its values are there
   */
  public void run(
      RunRequest request,
      Path file,
      RunSequence.Progress progress,
      long memory,
      Consumer<ResultFile.Content> sink) {
    run(request, file, progress, memory, null, sink);
  }

  /**
   * Runs a request while others run: those of generation that can share the pass of each token with
   * others do. Their numbers are those of the run alone but for the order in which sums are made.
   *
   * @param all how many bytes the keys and values of all that share passes may take
   */
  public void runJoined(
      RunRequest request,
      Path file,
      RunSequence.Progress progress,
      long memory,
      long all,
      Consumer<ResultFile.Content> sink) {
    JoinedSteps among = loaded.running(() -> steps(all));
    String alone = joining.whyAlone(request.runs()).orElse(null);
    run(request, file, progress, memory, new RunContext.Company(among, alone), sink);
  }

  private synchronized JoinedSteps steps(long memory) {
    if (steps == null) {
      steps = loaded.runner().joinedSteps(memory);
    }
    return steps;
  }

  private void run(
      RunRequest request,
      Path file,
      RunSequence.Progress progress,
      long memory,
      RunContext.@Nullable Company company,
      Consumer<ResultFile.Content> sink) {
    List<PlannedRun> planned = request.runs().stream().map(runs::plan).toList();
    RunContext.Company among = company == null ? null : among(company, planned);
    Meter meter = new Meter(memory);
    try (ShelfFile shelf = beside(file)) {
      List<Optional<Result>> results =
          RunSequence.run(
              request.runs(),
              (run, around) -> run(planned.get(run), new Counted(around, meter, shelf, among)),
              new Backend.Completion() {
                @Override
                public void over(int run, Optional<Result> result) {
                  meter.ended();
                }

                @Override
                public TokenListener tokens(int run) {
                  return progress.tokens(run);
                }
              },
              progress);
      sink.accept(ResultFile.content(request.runs(), results));
    }
  }

  /** The same company, but for a run whose options need passes of their own. */
  private static RunContext.Company among(RunContext.Company company, List<PlannedRun> planned) {
    ResolvedOptions options = planned.get(0).settings().options();
    return company.alone() != null || options == null
        ? company
        : new RunContext.Company(company.steps(), Joining.whyAlone(options).orElse(null));
  }

  private static ShelfFile beside(Path file) {
    return new ShelfFile(file.resolveSibling(file.getFileName() + ".saved"));
  }

  /**
   * Runs requests in one forward pass and writes their results, if each result has the same bits as
   * if it ran alone, and that is faster. Only the largest group that can share a pass runs; the
   * other requests are left as if they had not been passed.
   *
   * @param files where to write the result of each
   * @param memory how many bytes the values of all may take at the same time
   * @return the indices of those that ran
   */
  public Set<Integer> runTogether(List<RunRequest> requests, List<Path> files, long memory) {
    return runTogether(
        requests, files.get(0), memory, (place, content) -> content.write(files.get(place)));
  }

  /** What happens with the result of one of several requests. */
  public interface Sink {
    /**
     * Called with each result, while its values are there.
     *
     * @param place the index of the request
     */
    void accept(int place, ResultFile.Content content);
  }

  /** {@link #runTogether(List, List, long)} for results that go elsewhere. */
  public Set<Integer> runTogether(List<RunRequest> requests, Path file, long memory, Sink sink) {
    Meter meter = new Meter(memory);
    try (ShelfFile shelf = beside(file)) {
      return shared.run(requests, sink, new Counted(RunContext.NONE, meter, shelf, null));
    }
  }

  private TraceRun traced(RequestedRun run, RunKind.Trace kind) {
    PlannedRun planned = runs.plan(run);
    return new TraceRun(planned.plan(), runs.batch(planned), kind);
  }

  /** The context of a run, with metered memory. */
  private record Counted(
      RunContext around, Meter meter, Shelf shelf, RunContext.@Nullable Company company)
      implements RunContext {
    @Override
    public Tensor earlier(int run, int save) {
      return around.earlier(run, save);
    }

    @Override
    public void passing(int pass, int most) {
      around.passing(pass, most);
    }

    @Override
    public TokenListener tokens() {
      return around.tokens();
    }
  }

  private Result run(PlannedRun planned, RunContext around) {
    return loaded.running(
        () -> {
          Batch batch = runs.batch(planned);
          around.meter().passes(passes(planned, batch), batch.rows().size(), batch.length());
          return runs.run(planned, batch, around);
        });
  }

  /** What the forward passes need at the same time. */
  private long passes(PlannedRun planned, Batch batch) {
    if (planned.run().kind() instanceof RunKind.Sweep sweep) {
      return SweepRequest.layout(planned.run().graph(), sweep.spec(), blueprint()).bytes();
    }
    ResolvedOptions options = planned.settings().options();
    int each = options == null ? 1 : Math.max(options.numBeams(), options.numReturnSequences());
    ForwardCost.Size size =
        new ForwardCost.Size(
            (long) batch.rows().size() * each,
            Math.min(
                blueprint().maxPositions(), (long) batch.length() + planned.settings().steps()),
            1);
    return forward().bytes(size, planned.plan().gradients());
  }

  /** When weights are there, as is what is converted of them at use. */
  private synchronized ForwardCost forward() {
    if (forward == null) {
      forward = new ForwardCost(blueprint(), loaded.conversions());
    }
    return forward;
  }

  /** What weights of a directory need that are converted at each use; nothing if it has none. */
  public static WeightBytes convertedAtUse(Path directory, LoadSettings settings) {
    Checkpoint checkpoint = Checkpoint.open(directory);
    boolean there =
        Files.exists(directory.resolve("model.safetensors"))
            || Files.exists(directory.resolve("model.safetensors.index.json"));
    if (!there) {
      return WeightBytes.NONE;
    }
    try {
      // Only what a module reads: buffers beside it may be of any type.
      WeightMatch match = WeightMatch.of(blueprint(checkpoint.config()), checkpoint);
      return Conversions.of(match.entries().values(), settings).bytes();
    } catch (CheckpointException e) {
      // Loading the weights reports what is wrong with them.
      return WeightBytes.NONE;
    }
  }

  /** Frees the weights. */
  @Override
  public void close() {
    loaded.close();
    JoinedSteps begun;
    synchronized (this) {
      begun = steps;
    }
    if (begun != null) {
      begun.close();
    }
  }
}
