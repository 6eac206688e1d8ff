package org.nnsight4j.internal.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.tokenizer.Tokenizer;
import org.nnsight4j.values.Receipt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a model and its edited copies share: a checkpoint, and what has been loaded so far. */
public final class Loaded {
  private static final Pattern TOKEN_ID = Pattern.compile("\\d{1,18}");

  private final Checkpoint checkpoint;
  private final Blueprint blueprint;
  private final ClassLoader families;
  private final LoadSettings settings;
  private final boolean verified;
  private final Logger log;
  private final ReentrantReadWriteLock running = new ReentrantReadWriteLock();
  private final Object loading = new Object();
  private @Nullable Tokenizer tokenizer;
  private @Nullable Weights weights;
  private volatile List<String> warnings = List.of();
  private @Nullable Runner runner;
  private volatile boolean closed;
  private final AtomicBoolean toldOfFirstTokens = new AtomicBoolean();
  private final AtomicBoolean toldOfLength = new AtomicBoolean();
  private final Optional<TrainedPositions> trainedPositions;
  private @Nullable Optional<FirstToken> firstToken;

  /** The first token of a text by config.json, or -1. */
  private final long usualFirst;

  /**
   * @param blueprint of the type that settings say
   * @param verified whether to compare the view as a decoder with the model's numbers
   * @param user the class whose log gets warnings
   */
  public Loaded(
      Checkpoint checkpoint,
      Blueprint blueprint,
      ClassLoader families,
      LoadSettings settings,
      boolean verified,
      Class<?> user) {
    this.checkpoint = checkpoint;
    this.blueprint = blueprint;
    this.families = families;
    this.settings = settings;
    this.verified = verified;
    this.log = LoggerFactory.getLogger(user);
    this.trainedPositions = TrainedPositions.of(blueprint, checkpoint.config());
    this.usualFirst =
        checkpoint
            .config()
            .json("bos_token_id")
            .filter(id -> TOKEN_ID.matcher(id).matches())
            .map(Long::parseLong)
            .orElse(-1L);
    settings.device().requireThere();
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  public Blueprint blueprint() {
    return blueprint;
  }

  /** How the weights are loaded. */
  public LoadSettings settings() {
    return settings;
  }

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

  /** Runs something that closing waits for. */
  public <R> R running(Supplier<R> run) {
    running.readLock().lock();
    try {
      checkOpen();
      return run.get();
    } finally {
      running.readLock().unlock();
    }
  }

  public Runner runner() {
    synchronized (loading) {
      checkOpen();
      if (runner == null) {
        NetworkFactory factory =
            Services.find(
                ServiceLoader.load(NetworkFactory.class, families),
                NetworkFactory::architecture,
                blueprint.architecture(),
                "forward pass");
        // Headers are read again, so that a directory can be repaired after a failed load.
        Weights loaded = Weights.load(blueprint, checkpoint.again(), settings);
        try {
          Network network = factory.create(blueprint, checkpoint.config(), loaded);
          Runner ready = new Runner(blueprint, network);
          if (verified) {
            checkView(ready);
          }
          runner = ready;
          weights = loaded;
          warnings = loaded.warnings();
          warnings.forEach(log::warn);
        } finally {
          if (weights == null) {
            loaded.close();
          }
        }
      }
      return runner;
    }
  }

  /** What the weights need that are converted at each use; it loads them. */
  public WeightBytes conversions() {
    synchronized (loading) {
      var unused = runner();
      return weights == null ? WeightBytes.NONE : weights.conversions();
    }
  }

  /**
   * A result whose receipt tells of prompts that do not begin as the tokenizer would begin them,
   * and of rows that are longer than the model was made for. The log hears of the first of each.
   */
  public Result told(Result result, Batch batch) {
    List<String> found = new ArrayList<>(logged(aboutFirstTokens(batch), toldOfFirstTokens));
    found.addAll(
        logged(
            trainedPositions
                .map(positions -> positions.warnings(batch, result.generated()))
                .orElse(List.of()),
            toldOfLength));
    if (found.isEmpty()) {
      return result;
    }
    Receipt receipt = result.receipt();
    List<String> all = new ArrayList<>(receipt.warnings());
    all.addAll(found);
    return new Result(
        result.saved(),
        result.reasons(),
        new Receipt(
            receipt.entries(),
            all,
            receipt.passes(),
            receipt.stoppedAt(),
            receipt.precision(),
            receipt.parts(),
            receipt.batched()),
        result.generated());
  }

  /** Logs the first warnings of a kind. */
  private List<String> logged(List<String> warnings, AtomicBoolean told) {
    if (!warnings.isEmpty() && told.compareAndSet(false, true)) {
      warnings.forEach(log::warn);
    }
    return warnings;
  }

  private List<String> aboutFirstTokens(Batch batch) {
    // The tokenizer of a large vocabulary takes a while to load.
    if (usualFirst >= 0 && FirstToken.isFirst(usualFirst, batch)) {
      return List.of();
    }
    return firstToken().map(token -> token.warnings(batch)).orElse(List.of());
  }

  private Optional<FirstToken> firstToken() {
    synchronized (loading) {
      if (firstToken == null) {
        try {
          firstToken =
              checkpoint.tokenizerFile().isPresent()
                  ? FirstToken.of(tokenizer())
                  : Optional.empty();
        } catch (CheckpointException e) {
          // Who gives ids needs no tokenizer, and a broken one is told to who gives text.
          firstToken = Optional.empty();
        }
      }
      return firstToken;
    }
  }

  private void checkView(Runner ready) {
    ready
        .wrongView()
        .ifPresent(
            wrong -> {
              throw new CheckpointException(
                  "%s: what the family '%s' says of its models as decoders is not true of this one: %s. Mend the DecoderPlaces of its blueprint; or name modules by their paths, and open it with OpenOptions.defaults().unverified()"
                      .formatted(checkpoint.directory(), blueprint.architecture(), wrong));
            });
  }

  /** Warnings from loading the weights. */
  public List<String> warnings() {
    return warnings;
  }

  boolean isClosed() {
    return closed;
  }

  public void checkOpen() {
    if (closed) {
      throw new RunException(
          "the model of " + checkpoint.directory() + " was closed; open it again");
    }
  }

  /** Frees everything once the current runs have ended. */
  public void close() {
    if (running.getReadHoldCount() > 0) {
      throw new RunException(
          "the model of %s cannot be closed from inside its own run, which needs it; close it after the run"
              .formatted(checkpoint.directory()));
    }
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
}
