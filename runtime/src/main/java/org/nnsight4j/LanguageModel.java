package org.nnsight4j;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Model;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.local.Execution;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.local.LocalRuns;
import org.nnsight4j.internal.local.Run;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.plan.ShapeScan;
import org.nnsight4j.internal.remote.RemoteRun;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.remote.Remote;
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
  private final Loaded loaded;
  private final LocalRuns runs;
  private final boolean copy;
  private final List<Edit> edits;
  private volatile boolean closed;

  private LanguageModel(Model<M> root, Loaded loaded, boolean copy, List<Edit> edits) {
    this.root = root;
    this.loaded = loaded;
    this.runs = new LocalRuns(loaded);
    this.copy = copy;
    this.edits = new CopyOnWriteArrayList<>(edits);
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
    return open(model, directory, OpenOptions.defaults());
  }

  /**
   * Opens a checkpoint of any architecture, whose modules are named by their paths.
   *
   * @throws CheckpointException if the directory holds no checkpoint of a family on the class path
   */
  public static LanguageModel<AnyModel> open(Path directory) {
    Objects.requireNonNull(directory, "directory is null");
    String type = Checkpoint.open(directory).config().modelType();
    Family family = Families.require(type, AnyModel.class.getClassLoader());
    return open(AnyModel.of(family.architecture()), directory);
  }

  /**
   * {@link #open(Model, Path)} with options.
   *
   * @throws CheckpointException if the directory holds no checkpoint of this architecture
   */
  public static <M> LanguageModel<M> open(Model<M> model, Path directory, OpenOptions options) {
    Objects.requireNonNull(model, "model is null; give a generated one, as in new Gpt2Model()");
    Objects.requireNonNull(directory, "directory is null");
    Objects.requireNonNull(options, "options are null; there is OpenOptions.defaults()");
    Checkpoint checkpoint = Checkpoint.open(directory);
    String architecture = Model.architecture(model);
    String found = checkpoint.config().modelType();
    ClassLoader families = model.getClass().getClassLoader();
    if (!found.equals(architecture) && !Families.isOf(architecture, found, families)) {
      throw new CheckpointException(
          "%s: model_type is '%s', the descriptor is for '%s'; open it with a descriptor of its own architecture"
              .formatted(checkpoint.config().file(), found, architecture));
    }
    Family family = Families.require(architecture, families);
    Blueprint blueprint = Families.blueprint(family, checkpoint.config());
    Pinning.checkOpened(model, directory, blueprint);
    Loaded loaded =
        new Loaded(
            Families.named(family, checkpoint),
            blueprint,
            families,
            options.strict(),
            LanguageModel.class);
    return new LanguageModel<>(model, loaded, false, List.of());
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
    return new Generator<>(this, root, runs.executing(runs.generating(options)), null).edited();
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
    return new Generator<>(this, root, runs.executing(runs.tracing(options)), null).edited();
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

  // Runs at a server.

  /**
   * Begins a run that generates tokens at a server, with the results that it would have here.
   *
   * @throws org.nnsight4j.error.OptionsException if the options contradict each other
   */
  public Generator<M> generate(GenerateOptions options, Remote remote) {
    checkOpen();
    Execution run = RemoteRun.generating(loaded, options, remote);
    return new Generator<>(this, root, run, null).edited();
  }

  /** {@link #generate(GenerateOptions, Remote)}, if the body ends normally. */
  public <R> R generate(GenerateOptions options, Remote remote, Function<Generator<M>, R> body) {
    return inside(generate(options, remote), body);
  }

  /** Begins a run of one forward pass at a server. */
  public Generator<M> trace(TraceOptions options, Remote remote) {
    checkOpen();
    Execution run = RemoteRun.tracing(loaded, options, remote);
    return new Generator<>(this, root, run, null).edited();
  }

  /** {@link #trace(TraceOptions, Remote)}, if the body ends normally. */
  public <R> R trace(TraceOptions options, Remote remote, Function<Generator<M>, R> body) {
    return inside(trace(options, remote), body);
  }

  /** One forward pass over one text at a server, with the recording as a body. */
  public <R> R trace(String text, Remote remote, Function<M, R> body) {
    return trace(
        TraceOptions.defaults(),
        remote,
        generator -> generator.invoke(text, invoker -> body.apply(invoker.model())));
  }

  // Sessions and scans.

  /**
   * Begins a session: several runs, in which values of earlier ones are used by later ones without
   * being saved. They run in order when the session closes.
   */
  public Session<M> session() {
    checkOpen();
    return new Session<>(this, null);
  }

  /** Begins a session whose runs happen at a server, all in one job. */
  public Session<M> session(Remote remote) {
    Objects.requireNonNull(remote, "remote is null; there is remote(server, model)");
    checkOpen();
    return new Session<>(this, remote);
  }

  /**
   * Runs a session, if the body ends normally.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R session(Function<Session<M>, R> body) {
    return inside(session(), body);
  }

  /** {@link #session(Remote)}, if the body ends normally. */
  public <R> R session(Remote remote, Function<Session<M>, R> body) {
    return inside(session(remote), body);
  }

  private static <M, R> R inside(Session<M> session, Function<Session<M>, R> body) {
    Objects.requireNonNull(body, "the body of the session is null");
    R recorded;
    try {
      recorded = body.apply(session);
    } catch (RuntimeException | Error e) {
      session.abandon("the body failed: " + e);
      throw e;
    }
    session.close();
    return recorded;
  }

  /**
   * Shapes and data types of everything that a body records, without weights. Nothing is run.
   *
   * @throws org.nnsight4j.error.PlanningException if the run would be refused
   */
  public <R> Scan<R> scan(Function<Generator<M>, R> body) {
    return scan(body, runs.tracing(TraceOptions.defaults()));
  }

  /** {@link #scan(Function)} of a run that generates. */
  public <R> Scan<R> scan(GenerateOptions options, Function<Generator<M>, R> body) {
    return scan(body, runs.generating(options));
  }

  private <R> Scan<R> scan(Function<Generator<M>, R> body, Run like) {
    checkOpen();
    List<ShapeScan> found = new ArrayList<>();
    List<Recording> recordings = new ArrayList<>();
    int steps = like.steps();
    Execution shapes =
        (recording, around) -> {
          Batch batch = runs.prompts().batch(recording.prompts(), recording.promptLines(), steps);
          found.add(
              new ShapeScan(recording.graph(), blueprint(), batch.lengths(), steps, like.cached()));
          recordings.add(recording);
          return Result.none("a scan computes shapes and no numbers; use scan.of(saved)");
        };
    R recorded = inside(new Generator<>(this, root, shapes, null).edited(), body);
    return new Scan<>(recorded, recordings.get(0), found.get(0));
  }

  /**
   * The request that a server would get of one forward pass, for who speaks HTTP without this
   * client. Nothing is sent and nothing is run.
   *
   * @throws org.nnsight4j.error.RecordingException if what is recorded cannot be sent
   */
  public RunRequest request(TraceOptions options, Consumer<Generator<M>> body) {
    return request(runs.tracing(options), body);
  }

  /** {@link #request(TraceOptions, Consumer)} of a run that generates. */
  public RunRequest request(GenerateOptions options, Consumer<Generator<M>> body) {
    return request(runs.generating(Remote.seeded(loaded, options)), body);
  }

  private RunRequest request(Run like, Consumer<Generator<M>> body) {
    checkOpen();
    Objects.requireNonNull(body, "the body is null");
    List<RequestedRun> requested = new ArrayList<>();
    Execution noting =
        (recording, around) -> {
          requested.add(like.requested(recording.graph(), recording.promptLines(), null));
          return Result.none("it is part of a request, which was not sent from here");
        };
    var unused =
        inside(
            new Generator<>(this, root, noting, null).edited(),
            generator -> {
              body.accept(generator);
              return requested;
            });
    return new RunRequest(requested, ModelIdentity.of(blueprint()));
  }

  // Recordings that run many times.

  /**
   * Records and plans one forward pass whose inputs are given later; it can be run many times, from
   * any number of threads.
   *
   * @param body opens the inputs by {@link Generator#input()}
   * @throws org.nnsight4j.error.PlanningException if the recording cannot run on this model
   */
  public <R> Prepared<R> prepare(TraceOptions options, Function<Generator<M>, R> body) {
    Run run = runs.tracing(options);
    return prepare(run.steps(), runs.again(run), body);
  }

  /** {@link #prepare(TraceOptions, Function)} of a run that generates. */
  public <R> Prepared<R> prepare(GenerateOptions options, Function<Generator<M>, R> body) {
    Run run = runs.generating(options);
    return prepare(run.steps(), runs.again(run), body);
  }

  /**
   * {@link #prepare(TraceOptions, Function)} whose runs happen at a server. They wait for their
   * results, whatever the remote says.
   */
  public <R> Prepared<R> prepare(
      TraceOptions options, Remote remote, Function<Generator<M>, R> body) {
    checkOpen();
    return prepare(1, RemoteRun.tracing(loaded, options, remote).again(), body);
  }

  /** {@link #prepare(GenerateOptions, Function)} whose runs happen at a server. */
  public <R> Prepared<R> prepare(
      GenerateOptions options, Remote remote, Function<Generator<M>, R> body) {
    checkOpen();
    int steps = runs.generating(options).steps();
    return prepare(steps, RemoteRun.generating(loaded, options, remote).again(), body);
  }

  /** {@link #prepare(TraceOptions, Function)} of a forward pass over one input. */
  public <R> Prepared<R> prepare(Function<M, R> body) {
    return prepare(
        TraceOptions.defaults(),
        generator -> {
          try (Invoker<M> invoker = generator.input()) {
            return body.apply(invoker.model());
          }
        });
  }

  private <R> Prepared<R> prepare(int steps, Prepared.Rerun rerun, Function<Generator<M>, R> body) {
    checkOpen();
    List<Recording> recordings = new ArrayList<>();
    Execution planning =
        (recording, around) -> {
          recordings.add(recording);
          return Result.none("it belongs to a prepared run: use results.value(saved)");
        };
    R recorded = inside(new Generator<>(this, root, planning, null).edited(), body);
    Recording recording = recordings.get(0);
    Plan plan = Plan.of(recording.graph(), blueprint(), steps);
    return new Prepared<>(this, rerun, plan, recording, recorded);
  }

  // Edits.

  /**
   * Records interventions that can be applied to every later run, at each step and for all rows.
   * This alone changes nothing; see {@link #apply} and {@link #with}.
   */
  public Edit edit(Consumer<Invoker<M>> body) {
    checkOpen();
    Objects.requireNonNull(body, "the body of the edit is null");
    return Generator.edit(this, root, body);
  }

  /**
   * A copy of this model with more edits; it shares the weights and ends with this model at the
   * latest. Later changes of the one do not change the other.
   *
   * @throws CheckpointException if an edit is of another architecture
   */
  public LanguageModel<M> with(Edit... more) {
    checkOpen();
    Objects.requireNonNull(more, "the edits are null");
    LanguageModel<M> edited = new LanguageModel<>(root, loaded, true, edits);
    for (Edit edit : more) {
      edited.apply(edit);
    }
    return edited;
  }

  /**
   * Applies an edit to every later run of this model, for all its users.
   *
   * @throws CheckpointException if the edit is of another architecture
   */
  public void apply(Edit edit) {
    checkOpen();
    Objects.requireNonNull(edit, "the edit is null");
    if (!edit.architecture().equals(blueprint().architecture())) {
      throw new CheckpointException(
          "the edit is for '%s', this model is '%s'"
              .formatted(edit.architecture(), blueprint().architecture()));
    }
    edits.add(edit);
  }

  /** Forgets the edits of this model; later runs are those of the checkpoint alone. */
  public void clearEdits() {
    edits.clear();
  }

  /** The edits of this model, in the order in which they were applied. */
  public List<Edit> edits() {
    return List.copyOf(edits);
  }

  /** The configuration in config.json. */
  public ModelConfig config() {
    return loaded.checkpoint().config();
  }

  /**
   * What the weights were loaded in spite of, such as tensors that no module takes; the same is
   * logged. Empty before the first run, which loads them.
   */
  public List<String> warnings() {
    return loaded.warnings();
  }

  /** Modules, sites, parameters and widths of this checkpoint. */
  public Blueprint blueprint() {
    return loaded.blueprint();
  }

  /**
   * The checkpoint's tokenizer.
   *
   * @throws CheckpointException if the checkpoint has none
   */
  public Tokenizer tokenizer() {
    return loaded.tokenizer();
  }

  /**
   * Frees weights and tokenizer, after the runs that are under way. A copy with edits of its own
   * frees nothing; it just cannot be used any more.
   */
  @Override
  public void close() {
    if (!copy) {
      loaded.close();
    }
    closed = true;
  }

  void requireTokenizer() {
    if (loaded.checkpoint().tokenizerFile().isEmpty()) {
      throw new RecordingException(
          "%s has no tokenizer.json, so text cannot be read; give token ids to invoke(...) (at %s)"
              .formatted(loaded.checkpoint().directory(), UserFrames.here()));
    }
  }

  Output output(Generated generated) {
    return new Output(
        generated, loaded.checkpoint().tokenizerFile().isPresent() ? this::tokenizer : null);
  }

  LocalRuns runs() {
    return runs;
  }

  Loaded loaded() {
    return loaded;
  }

  Model<M> root() {
    return root;
  }

  private static <M, R> R inside(Generator<M> generator, Function<Generator<M>, R> body) {
    Objects.requireNonNull(body, "the body is null");
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

  void checkOpen() {
    loaded.checkOpen();
    if (closed) {
      throw new RunException(
          "this copy of the model of %s was closed; make another one by with(...)"
              .formatted(loaded.checkpoint().directory()));
    }
  }
}
