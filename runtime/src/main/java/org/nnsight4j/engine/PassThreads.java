package org.nnsight4j.engine;

import ai.djl.pytorch.jni.JniUtils;
import org.nnsight4j.error.RunException;

/**
 * How many threads compute the operations of one pass. Operations on small arrays are faster on the
 * calling thread alone: waking others takes longer than the work. Large products, such as the
 * unembedding of a small network, use all threads all the same.
 */
public final class PassThreads implements AutoCloseable {
  /** {@code by-size}, or {@code all} for every pass. */
  static final String PROPERTY = "nnsight4j.threads";

  private static final String BY_SIZE = "by-size";
  private static final String ALL = "all";

  /** The largest matrix of a layer of a small network. */
  private static final long SMALL = 1L << 17;

  /** The most multiplications of one product for one thread. */
  private static final long LITTLE_WORK = 1L << 22;

  /** A matrix of which all threads read a part. */
  private static final long LARGE = 1L << 20;

  private final int before;

  private PassThreads(int before) {
    this.before = before;
  }

  /**
   * Prepares the calling thread for a pass.
   *
   * @param tokens in all rows together
   */
  public static PassThreads enter(Network network, long tokens) {
    boolean alone = network.device().isHost() && alone(network.largestMatrix(), tokens);
    return enter(alone ? 1 : TorchEngine.usualThreads());
  }

  /**
   * Whether one thread is enough.
   *
   * @param largest the elements of the largest matrix; 0 if it is not known
   */
  static boolean alone(long largest, long tokens) {
    return bySize() && largest > 0 && largest <= SMALL && largest * tokens <= LITTLE_WORK;
  }

  /** Prepares the calling thread for a product with a matrix of so many elements. */
  static PassThreads forMatrix(long elements) {
    return enter(elements < LARGE ? TorchEngine.threads() : TorchEngine.usualThreads());
  }

  private static PassThreads enter(int wanted) {
    int before = TorchEngine.threads();
    if (wanted != before) {
      JniUtils.setNumThreads(wanted);
    }
    return new PassThreads(before);
  }

  private static boolean bySize() {
    String told = System.getProperty(PROPERTY, BY_SIZE);
    if (!told.equals(BY_SIZE) && !told.equals(ALL)) {
      throw new RunException(
          "the property %s: expected %s or %s, found '%s'".formatted(PROPERTY, BY_SIZE, ALL, told));
    }
    return told.equals(BY_SIZE);
  }

  @Override
  public void close() {
    if (TorchEngine.threads() != before) {
      JniUtils.setNumThreads(before);
    }
  }
}
