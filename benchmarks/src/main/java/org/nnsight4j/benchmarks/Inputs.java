package org.nnsight4j.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What both sides are given; {@code benchmark_rows.py} makes the same. */
final class Inputs {
  static final int SWEEP_ROWS = 8;
  static final int SWEEP_TOKENS = 15;
  static final int SWEEP_FROM = 10;

  private Inputs() {}

  /** The directory of a checkpoint. */
  static Path checkpoint(String model) {
    return Path.of(System.getProperty("benchmarks.models", "target/models"), model);
  }

  private static int vocabulary(String model) {
    return switch (model) {
      case "gpt2" -> 50_257;
      case "tiny" -> 1_000;
      default -> 49_152;
    };
  }

  /** Token ids without a meaning, none of which is 0. */
  static long[] ids(String model, int tokens, int row) {
    long[] ids = new long[tokens];
    for (int i = 0; i < tokens; i++) {
      ids[i] = (37L * i + 11 + 101L * row) % (vocabulary(model) - 1) + 1;
    }
    return ids;
  }

  static long[] ids(String model, int tokens) {
    return ids(model, tokens, 0);
  }

  /** Rows of a batch. */
  static long[][] rows(String model, int rows, int tokens) {
    long[][] all = new long[rows][];
    for (int row = 0; row < rows; row++) {
      all[row] = ids(model, tokens, row);
    }
    return all;
  }

  /** The prompts of the sweep, which differ from those of {@link #rows} from one position on. */
  static long[][] corrupted() {
    long[][] all = rows("gpt2", SWEEP_ROWS, SWEEP_TOKENS);
    for (long[] row : all) {
      for (int i = SWEEP_FROM; i < row.length; i++) {
        row[i] = row[i] % 50_000 + 100;
      }
    }
    return all;
  }

  /** Keeps what a run gave, so that it can be compared with what Python's run gave. */
  static void gave(Object result) {
    String file = System.getProperty("benchmarks.gave");
    if (file != null) {
      try {
        Files.writeString(Path.of(file), String.valueOf(result));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
