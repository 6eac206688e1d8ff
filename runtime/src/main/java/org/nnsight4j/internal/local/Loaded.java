package org.nnsight4j.internal.local;

import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.tokenizer.Tokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a model and its edited copies share: a checkpoint, and what is loaded of it so far. */
public final class Loaded {
  private final Checkpoint checkpoint;
  private final Blueprint blueprint;
  private final ClassLoader families;
  private final Care care;
  private final Logger log;
  private final ReentrantReadWriteLock running = new ReentrantReadWriteLock();
  private final Object loading = new Object();
  private @Nullable Tokenizer tokenizer;
  private @Nullable Weights weights;
  private volatile List<String> warnings = List.of();
  private @Nullable Runner runner;
  private volatile boolean closed;

  /**
   * What is refused when weights load.
   *
   * @param strict whether a tensor that no module needs refuses the checkpoint
   * @param verified whether the view as a decoder is compared with numbers
   */
  public record Care(boolean strict, boolean verified) {}

  /**
   * @param user whose log hears of what is left over
   */
  public Loaded(
      Checkpoint checkpoint, Blueprint blueprint, ClassLoader families, Care care, Class<?> user) {
    this.checkpoint = checkpoint;
    this.blueprint = blueprint;
    this.families = families;
    this.care = care;
    this.log = LoggerFactory.getLogger(user);
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  public Blueprint blueprint() {
    return blueprint;
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

  /** Closing waits for what is inside. */
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
        Weights loaded = Weights.load(blueprint, checkpoint.again(), care.strict());
        try {
          Network network = factory.create(blueprint, checkpoint.config(), loaded);
          Runner ready = new Runner(blueprint, network);
          if (care.verified()) {
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

  /** What loading the weights found that they were loaded in spite of. */
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

  /** Frees everything, after the runs that are under way. */
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
