package org.nnsight4j.internal.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.local.PromptReader;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.internal.run.Surroundings;
import org.nnsight4j.internal.run.TraceRun;
import org.nnsight4j.internal.share.RandomTrial;
import org.nnsight4j.internal.share.Ways;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.tensor.Tensor;

/**
 * A checkpoint that runs graphs which were recorded elsewhere: what a server has. It needs no
 * descriptor, only the family on the class path.
 */
public final class HostedModel implements AutoCloseable {
  private final Loaded loaded;
  private final SharedRuns shared;

  private HostedModel(Loaded loaded) {
    this.loaded = loaded;
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
    return open(directory, OpenOptions.defaults());
  }

  /**
   * {@link #open(Path)} with options.
   *
   * @throws CheckpointException if the directory holds no checkpoint of a family on the class path
   */
  public static HostedModel open(Path directory, OpenOptions options) {
    Checkpoint checkpoint = Checkpoint.open(directory);
    ClassLoader families = HostedModel.class.getClassLoader();
    Family family = Families.require(checkpoint.config().modelType(), families);
    Blueprint blueprint = Families.blueprint(family, checkpoint.config());
    return new HostedModel(
        new Loaded(
            Families.named(family, checkpoint),
            blueprint,
            families,
            options.strict(),
            HostedModel.class));
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

  /** Hears how far a request is. */
  public interface Progress {
    /**
     * A forward pass is about to happen; what is thrown here ends the request.
     *
     * @param run which of its runs, from 0
     * @param pass how many passes of this run happened before
     * @param most how many there can be
     */
    void passing(int run, int pass, int most);
  }

  /** Runs a request and writes its result as a safetensors file. */
  public void run(RunRequest request, Path file, Progress progress) {
    List<Planned> planned = request.runs().stream().map(this::plan).toList();
    RunSequence sequence = new RunSequence();
    List<Optional<Result>> results = new ArrayList<>();
    for (int i = 0; i < planned.size(); i++) {
      if (!sequence.happens(request.runs().get(i).when())) {
        results.add(Optional.empty());
        continue;
      }
      Planned run = planned.get(i);
      Surroundings around = around(sequence, i, progress);
      Result result = loaded.running(() -> run(run, around));
      sequence.add(i, result);
      results.add(Optional.of(result));
    }
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

  private TraceRun traced(RequestedRun run) {
    Planned planned = plan(run);
    return new TraceRun(planned.plan(), batch(planned), run.wholePass());
  }

  private static Surroundings around(RunSequence sequence, int run, Progress progress) {
    return new Surroundings() {
      @Override
      public Tensor earlier(int of, int save) {
        return sequence.kept(of, save);
      }

      @Override
      public void passing(int pass, int most) {
        progress.passing(run, pass, most);
      }
    };
  }

  private record Planned(RequestedRun run, ResolvedOptions options, int steps, Plan plan) {}

  private Planned plan(RequestedRun run) {
    ResolvedOptions options =
        run.options().resolve(loaded.checkpoint(), blueprint().vocabularySize());
    int steps = run.steps(options);
    return new Planned(run, options, steps, Plan.of(run.graph(), blueprint(), steps));
  }

  private Result run(Planned planned, Surroundings around) {
    ResolvedOptions options = planned.options();
    Batch batch = batch(planned);
    Runner runner = loaded.runner();
    if (!planned.run().generates()) {
      return runner.trace(planned.plan(), batch, planned.run().wholePass(), around);
    }
    Function<long[], String> detokenize =
        options.stopStrings().isEmpty() ? null : loaded.tokenizer()::decode;
    return runner.generate(planned.plan(), batch, options, detokenize, around);
  }

  private Batch batch(Planned planned) {
    RequestedRun run = planned.run();
    return new PromptReader(blueprint(), loaded::tokenizer)
        .batch(run.graph().prompts(), run.lines(), planned.steps());
  }

  /** Frees the weights. */
  @Override
  public void close() {
    loaded.close();
  }
}
