package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/**
 * The values of some sites against a file that somebody approved. With the system property {@code
 * nnsight4j.golden=write} the file is written instead; look at it, and keep it under version
 * control.
 */
public final class ActivationsAssert {
  /** The system property that has files written. */
  public static final String PROPERTY = "nnsight4j.golden";

  private static final String IDS = "ids";
  private static final double TOLERANCE = 1e-4;

  private final PromptAssert prompt;
  private final List<String> patterns;
  private final double tolerance;

  ActivationsAssert(PromptAssert prompt, List<String> patterns) {
    this(prompt, patterns, TOLERANCE);
  }

  private ActivationsAssert(PromptAssert prompt, List<String> patterns, double tolerance) {
    this.prompt = prompt;
    this.patterns = patterns;
    this.tolerance = tolerance;
  }

  /**
   * Another tolerance. It is relative to the largest number of each site; 1e-4 unless it is set,
   * which other processors and versions of libtorch keep in fp32.
   */
  @CheckReturnValue
  public ActivationsAssert within(double relative) {
    if (!(relative >= 0)) {
      throw new RunException("expected a tolerance from 0, found " + relative);
    }
    return new ActivationsAssert(prompt, patterns, relative);
  }

  /**
   * Fails unless the file has the same sites with the same numbers. What was found is then written
   * next to it, as {@code name.received.safetensors}.
   *
   * @param golden a safetensors file, with the prompt's token ids in its metadata
   */
  @CanIgnoreReturnValue
  public PromptAssert match(Path golden) {
    SortedMap<String, Tensor> found = prompt.prompted().outputs(patterns);
    String ids = Arrays.toString(prompt.prompted().ids());
    if ("write".equals(System.getProperty(PROPERTY))) {
      Safetensors.write(golden, found, Map.of(IDS, ids));
      return prompt;
    }
    if (!Files.exists(golden)) {
      prompt.fail(
          "expected approved values in %s, found no file; run once with -D%s=write"
              .formatted(golden, PROPERTY));
      return prompt;
    }
    String approvedIds = SafetensorsHeader.read(golden).metadata().get(IDS);
    if (!ids.equals(approvedIds)) {
      prompt.fail(
          "expected a file of the prompt %s, found %s in %s".formatted(ids, approvedIds, golden));
      return prompt;
    }
    List<String> differences = differences(Safetensors.read(golden), found);
    if (!differences.isEmpty()) {
      Path received = received(golden);
      Safetensors.write(received, found, Map.of(IDS, ids));
      prompt.fail(
          "expected the values in %s, found others, now in %s:\n%s"
              .formatted(golden, received.getFileName(), String.join("\n", differences)));
    }
    return prompt;
  }

  private static Path received(Path golden) {
    String name = golden.getFileName().toString();
    String ending = ".safetensors";
    String stem = name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : name;
    return golden.resolveSibling(stem + ".received" + ending);
  }

  private List<String> differences(
      SortedMap<String, Tensor> expected, SortedMap<String, Tensor> found) {
    List<String> differences = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      Tensor before = expected.get(name);
      Tensor now = found.get(name);
      if (before == null) {
        differences.add("  %s: not in the file".formatted(name));
      } else if (now == null) {
        differences.add("  %s: only in the file".formatted(name));
      } else if (!Arrays.equals(before.shape(), now.shape())) {
        differences.add(
            "  %s: expected the shape %s, found %s"
                .formatted(name, Arrays.toString(before.shape()), Arrays.toString(now.shape())));
      } else {
        double error = error(before.toDoubleArray(), now.toDoubleArray());
        if (!(error <= tolerance)) {
          differences.add(
              "  %s: differs by %s of its largest number, at most %s is allowed"
                  .formatted(name, PromptAssert.shown(error), tolerance));
        }
      }
    }
    return differences;
  }

  /** NaN if either has numbers that are not finite where the other has others. */
  private static double error(double[] expected, double[] found) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Double.compare(expected[i], found[i]) == 0) {
        largest = Double.isFinite(expected[i]) ? Math.max(largest, Math.abs(expected[i])) : largest;
        continue;
      }
      double here = Math.abs(expected[i] - found[i]);
      if (!Double.isFinite(here)) {
        return Double.NaN;
      }
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, here);
    }
    return difference == 0 ? 0 : difference / largest;
  }
}
