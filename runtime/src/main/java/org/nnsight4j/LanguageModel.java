package org.nnsight4j;

import java.nio.file.Path;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Model;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.Generated;
import org.nnsight4j.generate.ResolvedOptions;
import org.nnsight4j.graph.NotUserCode;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.graph.UserFrames;
import org.nnsight4j.pin.Pinning;
import org.nnsight4j.plan.Plan;
import org.nnsight4j.run.Batch;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Runner;
import org.nnsight4j.tokenizer.Tokenizer;

/**
 * A Hugging Face checkpoint opened for a descriptor. Opening reads configuration only; the
 * tokenizer loads when text is first used, the weights at the first run. Thread-safe: any number of
 * threads can record and run at the same time.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class LanguageModel<M> implements AutoCloseable {
  private final Model<M> root;
  private final Checkpoint checkpoint;
  private final Blueprint blueprint;
  private final ReadWriteLock running = new ReentrantReadWriteLock();
  private final Object loading = new Object();
  private @Nullable Tokenizer tokenizer;
  private @Nullable Weights weights;
  private @Nullable Runner runner;
  private volatile boolean closed;

  private LanguageModel(Model<M> root, Checkpoint checkpoint, Blueprint blueprint) {
    this.root = root;
    this.checkpoint = checkpoint;
    this.blueprint = blueprint;
  }

  /**
   * Opens a checkpoint.
   *
   * @param model the generated model, for example {@code new Gpt2Model()}
   * @param directory holds {@code config.json}, {@code model.safetensors} or its shards with their
   *     index, and, for text, {@code tokenizer.json}
   * @throws CheckpointException if the directory holds no checkpoint of this architecture
   */
  public static <M> LanguageModel<M> open(Model<M> model, Path directory) {
    Objects.requireNonNull(model, "model is null; give a generated one, as in new Gpt2Model()");
    Objects.requireNonNull(directory, "directory is null");
    Checkpoint checkpoint = Checkpoint.open(directory);
    String architecture = Model.architecture(model);
    String found = checkpoint.config().modelType();
    if (!found.equals(architecture)) {
      throw new CheckpointException(
          "%s: model_type is '%s', the descriptor is for '%s'; open it with a descriptor of its own architecture"
              .formatted(checkpoint.config().file(), found, architecture));
    }
    Family family =
        Services.find(
            ServiceLoader.load(Family.class, model.getClass().getClassLoader()),
            Family::architecture,
            architecture,
            "module tree");
    Blueprint blueprint = family.blueprint(checkpoint.config());
    Pinning.checkOpened(model, directory, blueprint);
    return new LanguageModel<>(model, checkpoint, blueprint);
  }

  /** {@link #generate(GenerateOptions)} with the checkpoint's own options. */
  public Generator<M> generate() {
    return generate(GenerateOptions.defaults());
  }

  /**
   * Begins a run that generates tokens; it runs when the generator closes.
   *
   * @throws org.nnsight4j.error.OptionsException if the options contradict each other
   */
  public Generator<M> generate(GenerateOptions options) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    checkOpen();
    ResolvedOptions resolved = options.resolve(checkpoint, blueprint.vocabularySize());
    return new Generator<>(this, root, recording -> run(recording, resolved));
  }

  /**
   * Generates tokens: the run happens only if the body ends normally.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R generate(GenerateOptions options, Function<Generator<M>, R> body) {
    return inside(generate(options), body);
  }

  /** {@link #trace(TraceOptions)} with the usual options. */
  public Generator<M> trace() {
    return trace(TraceOptions.defaults());
  }

  /** Begins a run of one forward pass; it runs when the generator closes. */
  public Generator<M> trace(TraceOptions options) {
    Objects.requireNonNull(options, "options are null; there is TraceOptions.defaults()");
    checkOpen();
    return new Generator<>(this, root, recording -> trace(recording, options));
  }

  /**
   * Runs one forward pass, if the body ends normally.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R trace(TraceOptions options, Function<Generator<M>, R> body) {
    return inside(trace(options), body);
  }

  /** One forward pass over one text, with the recording as a body. */
  public <R> R trace(String text, Function<M, R> body) {
    return trace(
        TraceOptions.defaults(),
        generator -> generator.invoke(text, invoker -> body.apply(invoker.model())));
  }

  /** The configuration in config.json. */
  public ModelConfig config() {
    return checkpoint.config();
  }

  /** Modules, sites, parameters and widths of this checkpoint. */
  public Blueprint blueprint() {
    return blueprint;
  }

  /**
   * The checkpoint's tokenizer.
   *
   * @throws CheckpointException if the checkpoint has none
   */
  public Tokenizer tokenizer() {
    synchronized (loading) {
      checkOpen();
      if (tokenizer == null) {
        Path file =
            checkpoint
                .tokenizerFile()
                .orElseThrow(
                    () ->
                        new CheckpointException(
                            checkpoint.directory()
                                + " has no tokenizer.json, so text cannot be read; give token ids to invoke(...), or save the tokenizer there with save_pretrained"));
        tokenizer = Tokenizer.open(file);
      }
      return tokenizer;
    }
  }

  /** Frees weights and tokenizer, after the runs that are under way. */
  @Override
  public void close() {
    running.writeLock().lock();
    try {
      synchronized (loading) {
        closed = true;
        runner = null;
        if (weights != null) {
          weights.close();
          weights = null;
        }
        if (tokenizer != null) {
          tokenizer.close();
          tokenizer = null;
        }
      }
    } finally {
      running.writeLock().unlock();
    }
  }

  void requireTokenizer() {
    if (checkpoint.tokenizerFile().isEmpty()) {
      throw new RecordingException(
          "%s has no tokenizer.json, so text cannot be read; give token ids to invoke(...) (at %s)"
              .formatted(checkpoint.directory(), UserFrames.here()));
    }
  }

  Output output(Generated generated) {
    return new Output(generated, checkpoint.tokenizerFile().isPresent() ? this::tokenizer : null);
  }

  private static <M, R> R inside(Generator<M> generator, Function<Generator<M>, R> body) {
    R recorded;
    try {
      recorded = body.apply(generator);
    } catch (RuntimeException | Error e) {
      generator.abandon("the body failed: " + e);
      throw e;
    }
    generator.finish();
    return recorded;
  }

  private Result run(Recording recording, ResolvedOptions options) {
    Plan plan = Plan.of(recording.graph(), blueprint, options.maxNewTokens());
    return running(
        () -> {
          Batch batch = prompts().batch(recording, options.maxNewTokens());
          Function<long[], String> detokenize =
              options.stopStrings().isEmpty() ? null : tokenizer()::decode;
          return runner().generate(plan, batch, options, detokenize);
        });
  }

  private Result trace(Recording recording, TraceOptions options) {
    Plan plan = Plan.of(recording.graph(), blueprint, 1);
    return running(() -> runner().trace(plan, prompts().batch(recording, 1), options.wholePass()));
  }

  /** Closing waits for what is inside. */
  private Result running(Supplier<Result> run) {
    running.readLock().lock();
    try {
      checkOpen();
      return run.get();
    } finally {
      running.readLock().unlock();
    }
  }

  private PromptReader prompts() {
    return new PromptReader(blueprint, this::tokenizer);
  }

  private Runner runner() {
    synchronized (loading) {
      checkOpen();
      if (runner == null) {
        NetworkFactory factory =
            Services.find(
                ServiceLoader.load(NetworkFactory.class, root.getClass().getClassLoader()),
                NetworkFactory::architecture,
                blueprint.architecture(),
                "forward pass");
        // Headers are read again, so that a directory can be repaired after a failed load.
        Weights loaded = Weights.load(blueprint, Checkpoint.open(checkpoint.directory()));
        try {
          Network network = factory.create(blueprint, checkpoint.config(), loaded);
          runner = new Runner(blueprint, network);
          weights = loaded;
        } finally {
          if (weights == null) {
            loaded.close();
          }
        }
      }
      return runner;
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new RunException(
          "the model of " + checkpoint.directory() + " was closed; open it again");
    }
  }
}
