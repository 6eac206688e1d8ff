package org.nnsight4j.sweep;

import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;

/** Is told how far a sweep is, on the thread that runs it; an exception from here ends it. */
public interface SweepProgress {
  /** Ignores it. */
  SweepProgress NONE = (done, of) -> {};

  /**
   * Called before each block that runs.
   *
   * @param done how many have run
   * @param of how many will run; each for as many rows as there are then
   */
  void at(int done, int of);

  /** A bar on one line, drawn again at each per cent: {@code bar(System.err::print)}. */
  static SweepProgress bar(Consumer<String> print) {
    Objects.requireNonNull(print, "where the bar is printed is null");
    int[] last = {-1};
    return (done, of) -> {
      int percent = (int) (100L * (done + 1) / of);
      if (percent != last[0]) {
        last[0] = percent;
        String bar = "#".repeat(percent / 5) + ".".repeat(20 - percent / 5);
        String end = done + 1 == of ? "\n" : "";
        print.accept(String.format(Locale.ROOT, "\rsweep [%s] %3s%%%s", bar, percent, end));
      }
    };
  }
}
