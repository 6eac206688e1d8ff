package org.nnsight4j;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Model;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.HubModel;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.local.LocalBackend;
import org.nnsight4j.internal.local.LocalRuns;
import org.nnsight4j.internal.local.PromptChecks;
import org.nnsight4j.internal.local.RunSettings;
import org.nnsight4j.internal.plan.ShapeScan;
import org.nnsight4j.internal.remote.RemoteBackend;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.tokenizer.Tokenizer;

/**
 * A Hugging Face checkpoint opened for a descriptor. Opening reads only the configuration; the
 * tokenizer loads when text is first used, the weights at the first run. Thread-safe: any number of
 * threads can record and run at the same time.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class LanguageModel<M> implements AutoCloseable {
  private final Model<M> root;
  private final Loaded loaded;
  private final OpenOptions options;
  private final Backend backend;
  private final boolean copy;
  private final List<Edit> edits;
  private volatile boolean closed;

  private LanguageModel(
      Model<M> root,
      Loaded loaded,
      OpenOptions options,
      Backend backend,
      boolean copy,
      List<Edit> edits) {
    this.root = root;
    this.loaded = loaded;
    this.options = options;
    this.backend = backend;
    this.copy = copy;
    this.edits = new CopyOnWriteArrayList<>(edits);
  }

  /**
   * Opens a checkpoint.
   *
   * @param model the generated model, for example {@code new Gpt2Model()}
   * @param directory contains {@code config.json}, {@code model.safetensors} or its shards with
   *     their index, and, for text, {@code tokenizer.json}
   * @throws CheckpointException if the directory contains no checkpoint of this architecture
   */
  public static <M> LanguageModel<M> open(Model<M> model, Path directory) {
    return open(model, directory, OpenOptions.defaults());
  }

  /**
   * Opens a checkpoint of any architecture, whose modules are named by their paths.
   *
   * @throws CheckpointException if the directory contains no checkpoint of a family on the class
   *     path
   */
  public static LanguageModel<AnyModel> open(Path directory) {
    return open(directory, OpenOptions.defaults());
  }

  /**
   * {@link #open(Path)} with options.
   *
   * @throws CheckpointException if the directory contains no checkpoint of a family on the class
   *     path
   */
  public static LanguageModel<AnyModel> open(Path directory, OpenOptions options) {
    Objects.requireNonNull(directory, "directory is null");
    return open(Checkpoint.open(directory), options);
  }

  /**
   * Opens a model from Hugging Face's hub: {@code open(new LlamaModel(),
   * hub("HuggingFaceTB/SmolLM2-135M"))}. Files in this machine's cache are used without asking the
   * hub; the rest is downloaded into the cache, weights at the first run.
   *
   * @param model the generated model, for example {@code new Gpt2Model()}
   * @param name the result of {@link Options#hub}
   * @throws CheckpointException if neither cache nor hub has it, or if it has another architecture
   */
  public static <M> LanguageModel<M> open(Model<M> model, HubModel name) {
    return open(model, name, OpenOptions.defaults());
  }

  /** {@link #open(Model, HubModel)} with options. */
  public static <M> LanguageModel<M> open(Model<M> model, HubModel name, OpenOptions options) {
    Objects.requireNonNull(name, "the name is null; give hub(\"org/name\")");
    return open(model, Checkpoint.open(name), options);
  }

  /**
   * {@link #open(Model, HubModel)} for any architecture, whose modules are named by their paths.
   */
  public static LanguageModel<AnyModel> open(HubModel name) {
    return open(name, OpenOptions.defaults());
  }

  /** {@link #open(HubModel)} with options. */
  public static LanguageModel<AnyModel> open(HubModel name, OpenOptions options) {
    Objects.requireNonNull(name, "the name is null; give hub(\"org/name\")");
    return open(Checkpoint.open(name), options);
  }

  private static LanguageModel<AnyModel> open(Checkpoint checkpoint, OpenOptions options) {
    Family family =
        Families.require(checkpoint.config().modelType(), AnyModel.class.getClassLoader());
    return open(AnyModel.of(family.architecture()), checkpoint, options);
  }

  /**
   * {@link #open(Model, Path)} with options.
   *
   * @throws CheckpointException if the directory contains no checkpoint of this architecture
   */
  public static <M> LanguageModel<M> open(Model<M> model, Path directory, OpenOptions options) {
    Objects.requireNonNull(model, "model is null; give a generated one, as in new Gpt2Model()");
    Objects.requireNonNull(directory, "directory is null");
    return open(model, Checkpoint.open(directory), options);
  }

  private static <M> LanguageModel<M> open(
      Model<M> model, Checkpoint checkpoint, OpenOptions options) {
    Objects.requireNonNull(model, "model is null; give a generated one, as in new Gpt2Model()");
    Objects.requireNonNull(options, "options are null; there is OpenOptions.defaults()");
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
    Pinning.checkOpened(model, checkpoint.directory(), blueprint);
    Loaded loaded =
        new Loaded(
            Families.named(family, checkpoint),
            blueprint.withType(options.dtype()),
            families,
            options.settings(),
            options.verified() && model instanceof AnyModel,
            LanguageModel.class);
    return new LanguageModel<>(model, loaded, options, new LocalBackend(loaded), false, List.of());
  }

  /**
   * The same model with its runs on a server: {@code gpt2.at(remote(server, "gpt2"))}. It shares
   * tokenizer and edits, loads no weights, and can be used until this model closes. Results are the
   * same as for local runs.
   *
   * @param place the result of {@link Options#remote}
   */
  public LanguageModel<M> at(Remote place) {
    checkOpen();
    return new LanguageModel<>(
        root, loaded, options, new RemoteBackend(loaded, place), true, edits);
  }

  /**
   * This model for code that is written for a descriptor which this one's extends: {@code
   * EmbeddedGpt2.open().as(Gpt2.class)}. It is the same object.
   *
   * @throws IllegalArgumentException if the descriptor is another one
   */
  @SuppressWarnings("unchecked") // A descriptor is only given to bodies, so its supertypes fit too.
  public <B> LanguageModel<B> as(Class<B> descriptor) {
    Objects.requireNonNull(descriptor, "the descriptor is null; give one, as in Gpt2.class");
    if (!descriptor.isInstance(root)) {
      throw new IllegalArgumentException(
          "this model was opened with %s, which is no %s"
              .formatted(root.getClass().getSimpleName(), descriptor.getSimpleName()));
    }
    return (LanguageModel<B>) this;
  }

  // Runs.

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
    return begin(generating(options), null);
  }

  /**
   * Generates tokens; the run happens only if the body ends normally.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R generate(GenerateOptions options, Body<Generator<M>, R> body) {
    return generate(options).run(body).result();
  }

  /** {@link #generate(GenerateOptions, Body)} with a body that returns nothing. */
  public Output generate(GenerateOptions options, Consumer<Generator<M>> body) {
    return generate(options).run(body).output();
  }

  /**
   * Generates from one text, with the recording as a body.
   *
   * @return what the body returns, and what was generated
   */
  public <R> Completed<R> generate(GenerateOptions options, String text, Body<M, R> body) {
    return generate(options)
        .run(generator -> generator.invoke(text, invoker -> body.apply(invoker.model())));
  }

  /** {@link #generate(GenerateOptions, String, Body)} with a body that returns nothing. */
  public Output generate(GenerateOptions options, String text, Consumer<M> body) {
    return generate(options, text, returning(body)).output();
  }

  /** {@link #generate(GenerateOptions, String, Body)} with the invoker beside the model. */
  public <R> Completed<R> generate(GenerateOptions options, String text, InvokerBody<M, R> body) {
    Objects.requireNonNull(body, "the body is null");
    return generate(options)
        .run(generator -> generator.invoke(text, invoker -> body.apply(invoker, invoker.model())));
  }

  /** {@link #generate(GenerateOptions, String, InvokerBody)} with a body that returns nothing. */
  public Output generate(GenerateOptions options, String text, BiConsumer<Invoker<M>, M> body) {
    return generate(options, text, returning(body)).output();
  }

  /**
   * {@link #generate(GenerateOptions, String, Body)} from several texts, each a row of one batch.
   */
  public <R> Completed<R> generate(GenerateOptions options, List<String> texts, Body<M, R> body) {
    return generate(options)
        .run(generator -> generator.invoke(texts, invoker -> body.apply(invoker.model())));
  }

  /** {@link #generate(GenerateOptions, List, Body)} with a body that returns nothing. */
  public Output generate(GenerateOptions options, List<String> texts, Consumer<M> body) {
    return generate(options, texts, returning(body)).output();
  }

  /** {@link #trace(TraceOptions)} with default options. */
  public Generator<M> trace() {
    return trace(TraceOptions.defaults());
  }

  /** Begins a run of one forward pass; it runs when the generator closes. */
  public Generator<M> trace(TraceOptions options) {
    return begin(tracing(options), null);
  }

  /**
   * One forward pass over one text, with the recording as a body; it happens only if the body ends
   * normally.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R trace(String text, Body<M, R> body) {
    return trace()
        .run(generator -> generator.invoke(text, invoker -> body.apply(invoker.model())))
        .result();
  }

  /** {@link #trace(String, Body)} with a body that returns nothing. */
  public void trace(String text, Consumer<M> body) {
    var unused = trace(text, returning(body));
  }

  /** {@link #trace(String, Body)} with the invoker beside the model. */
  public <R> R trace(String text, InvokerBody<M, R> body) {
    Objects.requireNonNull(body, "the body is null");
    return trace()
        .run(generator -> generator.invoke(text, invoker -> body.apply(invoker, invoker.model())))
        .result();
  }

  /** {@link #trace(String, InvokerBody)} with a body that returns nothing. */
  public void trace(String text, BiConsumer<Invoker<M>, M> body) {
    var unused = trace(text, returning(body));
  }

  /**
   * One forward pass over several texts, each a row of one batch. Rows of fewer tokens are filled
   * up on the left; the receipt of {@link #trace(TraceOptions, List, Body)} warns of values that
   * mix this padding with tokens: {@code trace(TraceOptions.defaults(), texts, body).receipt()}.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R trace(List<String> texts, Body<M, R> body) {
    return trace(TraceOptions.defaults(), texts, body).result();
  }

  /** {@link #trace(List, Body)} with a body that returns nothing. */
  public void trace(List<String> texts, Consumer<M> body) {
    var unused = trace(texts, returning(body));
  }

  private static <M> Body<M, M> returning(Consumer<M> body) {
    Objects.requireNonNull(body, "the body is null");
    return model -> {
      body.accept(model);
      return model;
    };
  }

  private static <M> InvokerBody<M, M> returning(BiConsumer<Invoker<M>, M> body) {
    Objects.requireNonNull(body, "the body is null");
    return (invoker, model) -> {
      body.accept(invoker, model);
      return model;
    };
  }

  /**
   * {@link #trace(List, Body)} with the receipt, which warns of what is probably not intended.
   *
   * @return what the body returns, and the receipt
   */
  public <R> Completed<R> trace(TraceOptions options, List<String> texts, Body<M, R> body) {
    return trace(options)
        .run(generator -> generator.invoke(texts, invoker -> body.apply(invoker.model())));
  }

  private RunKind generating(GenerateOptions options) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    return new RunKind.Generate(options);
  }

  private RunKind tracing(TraceOptions options) {
    Objects.requireNonNull(options, "options are null; there is TraceOptions.defaults()");
    return new RunKind.Trace(options.wholePass(), options.maxBytes());
  }

  /** Opens a generator whose run happens by itself, or with the others of a session. */
  Generator<M> begin(RunKind kind, @Nullable Session<M> session) {
    checkOpen();
    return new Generator<>(this, root, backend.checked(kind), session).edited();
  }

  // Sessions and scans.

  /**
   * Begins a session: several runs, in which values of earlier ones are used by later ones without
   * being saved. They run in order when the session closes; on a server, all in one job.
   */
  public Session<M> session() {
    checkOpen();
    return new Session<>(this);
  }

  /**
   * Runs a session, if the body ends normally.
   *
   * @return what the body returns, with all saved values readable
   */
  public <R> R session(Body<Session<M>, R> body) {
    return inside(session(), body);
  }

  /** {@link #session(Body)} with a body that returns nothing. */
  public void session(Consumer<Session<M>> body) {
    Objects.requireNonNull(body, "the body of the session is null");
    var unused =
        inside(
            session(),
            session -> {
              body.accept(session);
              return session;
            });
  }

  private static <M, R> R inside(Session<M> session, Body<Session<M>, R> body) {
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
   * Shapes and data types of everything that a body records, without weights. Nothing runs.
   *
   * @throws org.nnsight4j.error.PlanningException if the run would be refused
   */
  public <R> Scan<R> scan(Function<Generator<M>, R> body) {
    return scan(body, tracing(TraceOptions.defaults()));
  }

  /** {@link #scan(Function)} for a run that generates. */
  public <R> Scan<R> scan(GenerateOptions options, Function<Generator<M>, R> body) {
    return scan(body, generating(options));
  }

  private <R> Scan<R> scan(Function<Generator<M>, R> body, RunKind kind) {
    RunSettings settings = runs().settings(kind);
    Drafted<R> drafted =
        draft(kind, body, "a scan computes shapes and no numbers; use scan.of(saved)");
    Recording recording = drafted.recording();
    Batch batch =
        runs().prompts().batch(recording.prompts(), recording.promptLines(), settings.steps());
    ShapeScan shapes =
        new ShapeScan(
            recording.graph(), blueprint(), batch.lengths(), settings.steps(), settings.cached());
    return new Scan<>(drafted.result(), recording, shapes);
  }

  /**
   * The body of the request that a server would get for one forward pass, for programs that use
   * HTTP without this client. Nothing is sent and nothing runs.
   *
   * @throws org.nnsight4j.error.RecordingException if what is recorded cannot be sent
   */
  public byte[] request(TraceOptions options, Consumer<Generator<M>> body) {
    return request(tracing(options), body);
  }

  /** {@link #request(TraceOptions, Consumer)} for a run that generates. */
  public byte[] request(GenerateOptions options, Consumer<Generator<M>> body) {
    return request(RemoteBackend.seeded(loaded, generating(options)), body);
  }

  private byte[] request(RunKind kind, Consumer<Generator<M>> body) {
    Objects.requireNonNull(body, "the body is null");
    Drafted<Consumer<Generator<M>>> drafted =
        draft(
            kind,
            generator -> {
              body.accept(generator);
              return body;
            },
            "it is part of a request, which was not sent from here");
    RequestedRun run = drafted.requested(kind);
    return new RunRequest(List.of(run), ModelIdentity.of(blueprint())).toBytes();
  }

  /** What a body recorded, which will not run here. */
  private record Drafted<R>(R result, Recording recording) {
    RequestedRun requested(RunKind kind) {
      return new RequestedRun(recording.graph(), recording.promptLines(), kind, null);
    }
  }

  private <R> Drafted<R> draft(RunKind kind, Function<Generator<M>, R> body, String absent) {
    checkOpen();
    Generator<M> generator = new Generator<>(this, root, kind, null).edited();
    R result = generator.draft(body, absent);
    return new Drafted<>(result, generator.recording());
  }

  private LocalRuns runs() {
    return new LocalRuns(loaded);
  }

  // Recordings that run many times.

  /**
   * Records and plans one forward pass whose inputs are given later; it can be run many times, from
   * any number of threads.
   *
   * @param body opens the inputs with {@link Generator#input()}
   * @throws org.nnsight4j.error.PlanningException if the recording cannot run on this model
   */
  public <R> Prepared<R> prepare(TraceOptions options, Function<Generator<M>, R> body) {
    return prepare(tracing(options), body);
  }

  /** {@link #prepare(TraceOptions, Function)} for a run that generates. */
  public <R> Prepared<R> prepare(GenerateOptions options, Function<Generator<M>, R> body) {
    return prepare(generating(options), body);
  }

  /** {@link #prepare(TraceOptions, Function)} for a forward pass over one input. */
  public <R> Prepared<R> prepare(Function<M, R> body) {
    return prepare(
        TraceOptions.defaults(),
        generator -> {
          try (Invoker<M> invoker = generator.input()) {
            return body.apply(invoker.model());
          }
        });
  }

  private <R> Prepared<R> prepare(RunKind asked, Function<Generator<M>, R> body) {
    checkOpen();
    RunKind kind = backend.checked(asked);
    Drafted<R> drafted =
        draft(kind, body, "it belongs to a prepared run: use results.value(saved)");
    Backend.Rerun rerun = backend.prepare(drafted.requested(kind));
    return new Prepared<>(this, rerun, drafted.recording(), drafted.result(), kind, null, Map.of());
  }

  // Sweeps.

  /**
   * Begins a sweep over pairs of texts that are aligned: row i of one and of the other have the
   * same number of tokens, and differ where the answer is decided. It {@linkplain Sweep#denoise
   * denoises} unless another intervention is called.
   *
   * @throws RecordingException if a pair is not aligned; the message shows its tokens
   */
  public Sweep sweep(List<String> clean, List<String> corrupted) {
    return sweeping(encoded(clean, "clean"), encoded(corrupted, "corrupted"));
  }

  /** {@link #sweep(List, List)} with one pair. */
  public Sweep sweep(String clean, String corrupted) {
    return sweep(Collections.singletonList(clean), Collections.singletonList(corrupted));
  }

  /** {@link #sweep(List, List)} with token ids. */
  public Sweep sweep(long[][] clean, long[][] corrupted) {
    return sweeping(checked(clean), checked(corrupted));
  }

  /**
   * Begins a sweep of ablations or of added vectors, over texts that stand alone. It has no
   * intervention until {@link Sweep#zero}, {@link Sweep#mean}, {@link Sweep#replace} or {@link
   * Sweep#add} is called.
   */
  public Sweep sweep(List<String> texts) {
    List<long[]> ids = encoded(texts, "prompt");
    return Sweep.of(this, Sweep.Prompts.alone(ids));
  }

  /** {@link #sweep(List)} with token ids. */
  public Sweep sweep(long[][] ids) {
    return Sweep.of(this, Sweep.Prompts.alone(checked(ids)));
  }

  private List<long[]> encoded(List<String> texts, String what) {
    checkOpen();
    Prompt prompt = promptChecks().texts(texts);
    requireTokenizer();
    List<long[]> ids =
        runs().prompts().batch(List.of(prompt), List.of(UserFrames.here()), 1).rows();
    if (ids.isEmpty()) {
      throw new RecordingException(
          Location.at(UserFrames.here()), "there is no %s text".formatted(what));
    }
    return ids;
  }

  private List<long[]> checked(long[][] ids) {
    checkOpen();
    return ((Prompt.Ids) promptChecks().ids(ids)).ids();
  }

  private PromptChecks promptChecks() {
    return new PromptChecks(
        blueprint(), message -> new RecordingException(Location.at(UserFrames.here()), message));
  }

  private Sweep sweeping(List<long[]> clean, List<long[]> corrupted) {
    if (clean.size() != corrupted.size()) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "a sweep pairs clean and corrupted prompts: expected as many of both, found %s and %s"
              .formatted(clean.size(), corrupted.size()));
    }
    for (int pair = 0; pair < clean.size(); pair++) {
      if (clean.get(pair).length != corrupted.get(pair).length) {
        throw new RecordingException(
            Location.at(UserFrames.here()),
            "pair %s is not aligned: the clean prompt has %s tokens, %s; the corrupted one has %s, %s; reword one of them"
                .formatted(
                    pair,
                    clean.get(pair).length,
                    SweepAxes.tokens(this, clean.get(pair)),
                    corrupted.get(pair).length,
                    SweepAxes.tokens(this, corrupted.get(pair))));
      }
    }
    return Sweep.of(this, new Sweep.Prompts(clean, corrupted, true));
  }

  boolean hasTokenizer() {
    return loaded.checkpoint().tokenizerFile().isPresent();
  }

  /** What a body records, without running it. */
  RequestedRun drafted(Function<Generator<M>, Generator<M>> body) {
    RunKind kind = tracing(TraceOptions.defaults());
    return draft(kind, body, "it is a metric of a sweep, whose result has its numbers")
        .requested(kind);
  }

  // Edits.

  /**
   * Records interventions that can be applied to every later run, at each step and for all rows.
   * Recording alone changes nothing; see {@link #apply} and {@link #with}.
   */
  public Edit edit(Consumer<Invoker<M>> body) {
    checkOpen();
    Objects.requireNonNull(body, "the body of the edit is null");
    return Generator.edit(this, root, body);
  }

  /**
   * A copy of this model with more edits; it shares the weights and can be used until this model
   * closes. Later changes to one do not affect the other.
   *
   * @throws CheckpointException if an edit is for another architecture
   */
  public LanguageModel<M> with(Edit... more) {
    checkOpen();
    Objects.requireNonNull(more, "the edits are null");
    LanguageModel<M> edited = new LanguageModel<>(root, loaded, options, backend, true, edits);
    for (Edit edit : more) {
      edited.apply(edit);
    }
    return edited;
  }

  /**
   * Applies an edit to every later run of this model, for all its users.
   *
   * @throws CheckpointException if the edit is for another architecture
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

  /** Removes the edits of this model; later runs use the checkpoint alone. */
  public void clearEdits() {
    edits.clear();
  }

  /** The edits of this model, in the order in which they were applied. */
  public List<Edit> edits() {
    return List.copyOf(edits);
  }

  /** The directory of the checkpoint. */
  public Path directory() {
    return loaded.checkpoint().directory();
  }

  /** How it was opened. */
  public OpenOptions options() {
    return options;
  }

  /** The configuration in config.json. */
  public ModelConfig config() {
    return loaded.checkpoint().config();
  }

  /**
   * Warnings from loading the weights, for example about tensors that no module uses; they are also
   * logged. Empty before the first run, which loads the weights.
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
   * Frees weights and tokenizer once the current runs have ended. Closing a copy with edits of its
   * own frees nothing, but the copy can no longer be used.
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
          Location.at(UserFrames.here()),
          "%s has no tokenizer.json, so text cannot be read; give token ids to invoke(...)"
              .formatted(loaded.checkpoint().directory()));
    }
  }

  Output output(Generated generated) {
    return new Output(
        generated, loaded.checkpoint().tokenizerFile().isPresent() ? this::tokenizer : null);
  }

  /** A listener that calls both, in this order. */
  static Consumer<GeneratedPiece> both(
      @Nullable Consumer<GeneratedPiece> first, Consumer<? super GeneratedPiece> second) {
    return first == null ? second::accept : first.andThen(second);
  }

  /** Tokens as pieces of text for a listener, if there is one. */
  TokenListener pieces(@Nullable Consumer<GeneratedPiece> listener) {
    return listener == null
        ? TokenListener.NONE
        : new PieceListener(
            listener, loaded.checkpoint().tokenizerFile().isPresent() ? tokenizer() : null);
  }

  /** Refuses to stream what has no new text before its end. */
  void requireStreams(RunKind kind) {
    ResolvedOptions options = runs().settings(kind).options();
    if (options == null) {
      throw new RunException(
          "a trace is one forward pass and has no new text to stream; use generate(...)");
    }
    if (options.numBeams() > 1) {
      throw new RunException(
          "expected numBeams=1 for streaming, found %s: beams change their tokens until the end; take output() after the run, or numBeams(1)"
              .formatted(options.numBeams()));
    }
  }

  Backend backend() {
    return backend;
  }

  void checkOpen() {
    loaded.checkOpen();
    if (closed) {
      throw new RunException(
          "this copy of the model of %s was closed; make another one by with(...) or at(...)"
              .formatted(loaded.checkpoint().directory()));
    }
  }
}
