package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.pytorch.jni.JniUtils;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.RunException;

/** Threads change for a part of the work of one thread, and are as before afterwards. */
final class PassThreadsTest {
  @Test
  void onlyLittleWorkOfASmallNetworkIsForOneThread() {
    // Width 64, as many tokens as there are usually.
    assertThat(PassThreads.alone(64 * 256, 1)).isTrue();
    assertThat(PassThreads.alone(64 * 256, 256)).isTrue();
    assertThat(PassThreads.alone(64 * 256, 257)).isFalse();
    // Width 768, one token.
    assertThat(PassThreads.alone(768 * 3072, 1)).isFalse();
    // Modules of a user's own, of which nothing is known.
    assertThat(PassThreads.alone(0, 1)).isFalse();
  }

  @Test
  void thePropertyGivesAllThreadsToEveryPass() {
    try {
      System.setProperty(PassThreads.PROPERTY, "all");
      assertThat(PassThreads.alone(64 * 256, 1)).isFalse();
      System.setProperty(PassThreads.PROPERTY, "7");
      assertThat(assertThrows(RunException.class, () -> PassThreads.alone(64 * 256, 1)))
          .hasMessageThat()
          .isEqualTo("the property nnsight4j.threads: expected by-size or all, found '7'");
    } finally {
      System.clearProperty(PassThreads.PROPERTY);
    }
  }

  @Test
  void aLargeMatrixHasTheUsualThreadsWhateverThePassHas() {
    try (ThreadMode mode = ThreadMode.enter(false)) {
      int usual = TorchEngine.usualThreads();
      assertThat(TorchEngine.threads()).isEqualTo(usual);
      JniUtils.setNumThreads(usual + 1);
      try (PassThreads small = PassThreads.forMatrix(1000)) {
        assertThat(TorchEngine.threads()).isEqualTo(usual + 1);
      }
      try (PassThreads large = PassThreads.forMatrix(2_000_000)) {
        assertThat(TorchEngine.threads()).isEqualTo(usual);
      }
      assertThat(TorchEngine.threads()).isEqualTo(usual + 1);
    } finally {
      JniUtils.setNumThreads(TorchEngine.usualThreads());
    }
  }
}
