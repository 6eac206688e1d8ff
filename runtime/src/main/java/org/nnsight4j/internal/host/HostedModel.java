package org.nnsight4j.internal.host;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.local.LocalRuns;
import org.nnsight4j.internal.local.PlannedRun;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.internal.run.TraceRun;
import org.nnsight4j.internal.share.RandomTrial;
import org.nnsight4j.internal.share.Ways;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;

/**
 * A checkpoint that runs graphs which were recorded elsewhere: what a server has. It needs no
 * descriptor, only the family on the class path.
 */
public final class HostedModel implements AutoCloseable {
  private final Loaded loaded;
  private final LocalRuns runs;
  private final SharedRuns shared;

  private HostedModel(Loaded loaded) {
    this.loaded = loaded;
    this.runs = new LocalRuns(loaded);
    this.shared =
        shared(
            runner -> new Ways(new RandomTrial(runner.rehearsal(), blueprint().vocabularySize())));
  }

  /** Runs that share passes, where shapes are tried in some way. */
  SharedRuns shared(Function<Runner, Ways> begin) {
    return new SharedRuns(loaded, this::traced, begin);
  }

  /**
   * Opens a checkpoint; the weights load at the first run.
   *
   * @throws CheckpointException if the directory holds no checkpoint of a family on the class path
   */
  public static HostedModel open(Path directory) {
    return open(directory, false);
  }

  /**
   * {@link #open(Path)}, where warnings may be errors.
   *
   * @param strict whether what would be warned about refuses the checkpoint
   * @throws CheckpointException if the directory holds no checkpoint of a family on the class path
   */
  public static HostedModel open(Path directory, boolean strict) {
    Checkpoint checkpoint = Checkpoint.open(directory);
    ClassLoader families = HostedModel.class.getClassLoader();
    Family family = Families.require(checkpoint.config().modelType(), families);
    Blueprint blueprint = Families.blueprint(family, checkpoint.config());
    return new HostedModel(
        new Loaded(
            Families.named(family, checkpoint), blueprint, families, strict, HostedModel.class));
  }

  /** Modules and sites of a model of this configuration. */
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

  /** Runs a request and writes its result as a safetensors file. */
  public void run(RunRequest request, Path file, RunSequence.Progress progress) {
    List<PlannedRun> planned = request.runs().stream().map(runs::plan).toList();
    List<Optional<Result>> results =
        RunSequence.run(
            request.runs(),
            (run, around) -> runs.run(planned.get(run), around),
            (run, result) -> {},
            progress);
    ResultFile.write(file, request.runs(), results);
  }

  /**
   * Runs requests in one forward pass and writes their results, where each is as if it had run
   * alone, to the bit, and that is faster. Only the most that can share a pass happen; the others
   * are as if they had not been given.
   *
   * @param files where the result of each is to go
   * @return the places of those that happened
   */
  public Set<Integer> runTogether(List<RunRequest> requests, List<Path> files) {
    return shared.run(requests, files);
  }

  private TraceRun traced(RequestedRun run, RunKind.Trace kind) {
    PlannedRun planned = runs.plan(run);
    return new TraceRun(planned.plan(), runs.batch(planned), kind.wholePass());
  }

  /** Frees the weights. */
  @Override
  public void close() {
    loaded.close();
  }
}
