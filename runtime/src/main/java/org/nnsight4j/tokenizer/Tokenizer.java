package org.nnsight4j.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;

/**
 * A Hugging Face {@code tokenizer.json}. Texts of any length are read whole: DJL's default of 512
 * tokens is off. Thread-safe.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  /** Reading is shared; closing waits, because a closed native handle ends the JVM. */
  private final ReadWriteLock using = new ReentrantReadWriteLock();

  private boolean closed;

  private Tokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a tokenizer.
   *
   * @throws CheckpointException if the file cannot be read as one
   */
  public static Tokenizer open(Path file) {
    // DJL asks a cloud service where it runs each time a tokenizer opens, unless told not to.
    System.setProperty("OPT_OUT_TRACKING", System.getProperty("OPT_OUT_TRACKING", "true"));
    System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
    try {
      return new Tokenizer(
          HuggingFaceTokenizer.newInstance(
              file, Map.of("truncation", "false", "padding", "false")));
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException(
          "%s cannot be read as a Hugging Face tokenizer: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Token ids, with the special tokens that the tokenizer adds by itself. */
  public long[] encode(String text) {
    return use(() -> tokenizer.encode(text).getIds());
  }

  /** The text of token ids; special tokens are left out. */
  public String decode(long[] ids) {
    return use(() -> tokenizer.decode(ids, true));
  }

  /** The text of one token, special tokens included. */
  public String token(long id) {
    return use(() -> tokenizer.decode(new long[] {id}, false));
  }

  private <T> T use(Supplier<T> call) {
    using.readLock().lock();
    try {
      if (closed) {
        throw new RunException(
            "the tokenizer was closed together with its model; open the model again, or take texts before closing it");
      }
      return call.get();
    } finally {
      using.readLock().unlock();
    }
  }

  @Override
  public void close() {
    using.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        tokenizer.close();
      }
    } finally {
      using.writeLock().unlock();
    }
  }
}
