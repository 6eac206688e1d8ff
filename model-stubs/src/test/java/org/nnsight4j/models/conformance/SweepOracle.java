package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.sweep.SweepMetric;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Compares planned sweeps with one forward pass for each cell. */
final class SweepOracle {
  /** The metric whose size says how large the logits are, of which rounding errors are parts. */
  static final String LARGEST = "largest logit";

  static final SweepMetric LARGEST_LOGIT = logits -> logits.changed().abs().max(-1);

  /** The largest difference in parts of the largest logit. */
  private static final double TOLERANCE = 1e-6;

  private SweepOracle() {}

  /** A model of a family with random weights, computed in FP32. */
  static LanguageModel<AnyModel> open(String config) {
    return open(config, DType.FLOAT32);
  }

  /** A model of a family with random weights. */
  static LanguageModel<AnyModel> open(String config, DType type) {
    try {
      Path folder = Files.createTempDirectory("sweep");
      RandomCheckpoint.write(folder, config);
      // In reverse order: the folder last.
      folder.toFile().deleteOnExit();
      for (String name : new String[] {"config.json", "model.safetensors"}) {
        folder.resolve(name).toFile().deleteOnExit();
      }
      return LanguageModel.open(folder, OpenOptions.defaults().dtype(type));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The planned numbers, which are those of the oracle. */
  static SweepResult checked(SweepPlan plan) {
    return checked(plan, TOLERANCE);
  }

  /**
   * {@link #checked(SweepPlan)} with another tolerance.
   *
   * @param tolerance the largest difference in parts of the largest logit
   */
  static SweepResult checked(SweepPlan plan, double tolerance) {
    SweepResult planned = plan.run();
    SweepResult naive = plan.naive();
    assertThat(planned.axes()).isEqualTo(naive.axes());
    double most = tolerance * largest(naive.of(LARGEST));
    for (String name : planned.names()) {
      close(name + " of the clean run", planned.clean(name), naive.clean(name), most);
      close(name + " of the other", planned.corrupted(name), naive.corrupted(name), most);
      close(name, planned.of(name), naive.of(name), most);
    }
    return planned;
  }

  private static double largest(Tensor tensor) {
    double largest = 0;
    for (int i = 0; i < tensor.size(); i++) {
      double number = Math.abs(tensor.at(i));
      largest = Double.isNaN(number) ? largest : Math.max(largest, number);
    }
    return largest;
  }

  private static void close(String what, Tensor found, Tensor expected, double most) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      if (Double.isNaN(expected.at(i))) {
        assertWithMessage("%s, number %s of %s", what, i, expected).that(found.at(i)).isNaN();
      } else {
        assertWithMessage("%s, number %s of %s", what, i, expected)
            .that(found.at(i))
            .isWithin(most)
            .of(expected.at(i));
      }
    }
  }
}
