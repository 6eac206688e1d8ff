package org.nnsight4j;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.generate.ResolvedOptions;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.SourceLine;
import org.nnsight4j.plan.Plan;
import org.nnsight4j.remote.RunRequest;
import org.nnsight4j.run.Batch;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Runner;

/**
 * A checkpoint that runs graphs which were recorded elsewhere: what a server has. It needs no
 * descriptor, only the family on the class path.
 */
public final class HostedModel implements AutoCloseable {
  private final Loaded loaded;

  private HostedModel(Loaded loaded) {
    this.loaded = loaded;
  }

  /**
   * Opens a checkpoint; the weights load at the first run.
   *
   * @throws CheckpointException if the directory holds no checkpoint of a family on the class path
   */
  public static HostedModel open(Path directory) {
    Checkpoint checkpoint = Checkpoint.open(directory);
    ClassLoader families = HostedModel.class.getClassLoader();
    return new HostedModel(new Loaded(checkpoint, blueprint(checkpoint.config()), families));
  }

  /** Modules and sites of a model of this configuration. */
  public static Blueprint blueprint(ModelConfig config) {
    Family family =
        Services.find(
            ServiceLoader.load(Family.class, HostedModel.class.getClassLoader()),
            Family::architecture,
            config.modelType(),
            "module tree");
    return family.blueprint(config);
  }

  public Blueprint blueprint() {
    return loaded.blueprint();
  }

  /** Loads the weights now. */
  public void load() {
    var unused = loaded.running(loaded::runner);
  }

  /** Runs a request and writes its result as a safetensors file. */
  public void run(RunRequest request, Path file) {
    Graph graph = request.graph();
    ResolvedOptions options =
        request.options().resolve(loaded.checkpoint(), blueprint().vocabularySize());
    int steps = request.generates() ? options.maxNewTokens() : 1;
    Plan plan = Plan.of(graph, blueprint(), steps);
    Result result =
        loaded.running(
            () -> {
              Batch batch =
                  new PromptReader(blueprint(), loaded::tokenizer)
                      .batch(graph.prompts(), unknown(graph), steps);
              Runner runner = loaded.runner();
              if (!request.generates()) {
                return runner.trace(plan, batch, request.wholePass(), Runner.Earlier.NONE);
              }
              Function<long[], String> detokenize =
                  options.stopStrings().isEmpty() ? null : loaded.tokenizer()::decode;
              return runner.generate(plan, batch, options, detokenize, Runner.Earlier.NONE);
            });
    ResultFile.write(file, graph, result);
  }

  /** Where the texts were given is not sent. */
  private static List<SourceLine> unknown(Graph graph) {
    return Collections.nCopies(graph.prompts().size(), SourceLine.UNKNOWN);
  }

  /** Frees the weights. */
  @Override
  public void close() {
    loaded.close();
  }
}
