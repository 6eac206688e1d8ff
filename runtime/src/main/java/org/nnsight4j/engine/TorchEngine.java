package org.nnsight4j.engine;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/** Starts DJL's PyTorch engine once, without any download. */
final class TorchEngine {
  private static final String TORCH = "2.7.1";

  private TorchEngine() {}

  static void start() {
    Started.check();
  }

  /** Prepares the calling thread for a run; gives the state to restore. */
  static boolean enterThread(boolean gradients) {
    start();
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(gradients);
    JniUtils.setGraphExecutorOptimize(false);
    return before;
  }

  static void leaveThread(boolean gradModeBefore) {
    JniUtils.setGradMode(gradModeBefore);
    JniUtils.setGraphExecutorOptimize(true);
  }

  private static final class Started {
    static {
      // A user who set these keeps their choice.
      setDefault("ai.djl.offline", "true");
      setDefault("OPT_OUT_TRACKING", "true");
      String found = Engine.getEngine("PyTorch").getVersion();
      if (!found.startsWith(TORCH)) {
        throw new IllegalStateException(
            "nnsight4j needs libtorch %s, found %s; take all ai.djl artifacts from nnsight4j's versions"
                .formatted(TORCH, found));
      }
    }

    static void check() {}

    private static void setDefault(String key, String value) {
      if (System.getProperty(key) == null) {
        System.setProperty(key, value);
      }
    }
  }
}
