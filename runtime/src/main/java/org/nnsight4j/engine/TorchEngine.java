package org.nnsight4j.engine;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import org.nnsight4j.error.RunException;

/** Starts DJL's PyTorch engine once, without any download. */
final class TorchEngine {
  static final String TORCH = "2.7.1";
  private static volatile boolean started;

  /** How many threads a thread of Java has for an operation, unless it is told otherwise. */
  private static volatile int usual = 1;

  private TorchEngine() {}

  /**
   * Makes sure that the engine is running.
   *
   * @throws RunException if it cannot; the next call tries again
   */
  static void start() {
    if (!started) {
      startOnce();
    }
  }

  private static synchronized void startOnce() {
    // Settings of the user's own are kept.
    setDefault("ai.djl.offline", "true");
    setDefault("OPT_OUT_TRACKING", "true");
    String found;
    try {
      found = Engine.getEngine("PyTorch").getVersion();
    } catch (RuntimeException | LinkageError e) {
      throw new RunException(
          "libtorch cannot be started: %s. Is ai.djl.pytorch:pytorch-native-cpu with the classifier of this system on the class path, and ~/.djl.ai writable?"
              .formatted(e.getMessage()),
          e);
    }
    if (!found.startsWith(TORCH)) {
      throw new RunException(
          "nnsight4j needs libtorch %s, found %s; take all ai.djl artifacts from nnsight4j's versions"
              .formatted(TORCH, found));
    }
    usual = JniUtils.getNumThreads();
    started = true;
  }

  /** The version that is running. */
  static String version() {
    start();
    return TORCH;
  }

  /**
   * How many threads the calling thread's passes may have: those of the engine's start, if not
   * pinned.
   */
  static int usualThreads() {
    start();
    int pinned = PinnedKernels.threads();
    return pinned > 0 ? pinned : usual;
  }

  /** How many threads compute an operation of the calling thread. */
  static int threads() {
    return JniUtils.getNumThreads();
  }

  /** Prepares the calling thread for a run; returns its previous gradient mode. */
  static boolean enterThread(boolean gradients) {
    start();
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(gradients);
    JniUtils.setGraphExecutorOptimize(false);
    return before;
  }

  static void leaveThread(boolean gradModeBefore) {
    JniUtils.setGradMode(gradModeBefore);
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
