package org.nnsight4j.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.graph.Node;
import org.nnsight4j.graph.SourceLine;

/**
 * What really happened in a run: for every read and write how often it fired, its shape and, for a
 * write, how much it changed.
 *
 * @param entries reads and writes in the order of recording
 * @param warnings what is allowed, but probably not meant
 * @param passes how many forward passes there were
 * @param stoppedAt the module after which the last pass ended early, or empty
 */
public record Receipt(List<Entry> entries, List<String> warnings, int passes, String stoppedAt) {
  public Receipt {
    entries = List.copyOf(entries);
    warnings = List.copyOf(warnings);
  }

  /**
   * One read or write.
   *
   * @param kind {@code read} or {@code write}
   * @param site module path and port
   * @param fired how often it happened
   * @param shape the shape of the invoker's part of the site
   * @param change the Euclidean distance between the value before and after; 0 for reads
   */
  public record Entry(
      String kind,
      String site,
      int step,
      SourceLine line,
      int fired,
      List<Long> shape,
      double change) {}

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("receipt: %d forward pass%s".formatted(passes, passes == 1 ? "" : "es"));
    text.append(stoppedAt.isEmpty() ? "" : ", stopped after " + stoppedAt);
    for (Entry entry : entries) {
      text.append(
          "%n  %-5s %s, step %d, fired %d, shape %s%s  (%s)"
              .formatted(
                  entry.kind(),
                  entry.site(),
                  entry.step(),
                  entry.fired(),
                  entry.shape(),
                  entry.kind().equals("write")
                      ? String.format(Locale.ROOT, ", changed by %.4g", entry.change())
                      : "",
                  entry.line()));
    }
    warnings.forEach(warning -> text.append("%n  warning: ".formatted()).append(warning));
    return text.toString();
  }

  /** Collects a receipt while the run goes on. */
  static final class Builder {
    private final Map<Integer, Entry> entries = new TreeMap<>();
    private int passes;
    private String stoppedAt = "";

    /** Every read and write that is part of the plan starts with fired 0. */
    void expect(Node node) {
      if (node instanceof Node.Read read) {
        entries.put(
            node.id(),
            new Entry("read", read.site().toString(), read.step(), read.line(), 0, List.of(), 0));
      } else if (node instanceof Node.Write write) {
        entries.put(
            node.id(),
            new Entry(
                "write", write.site().toString(), write.step(), write.line(), 0, List.of(), 0));
      }
    }

    void fired(int node, long[] shape, double change) {
      Entry before = entries.get(node);
      if (before != null) {
        entries.put(
            node,
            new Entry(
                before.kind(),
                before.site(),
                before.step(),
                before.line(),
                before.fired() + 1,
                Arrays.stream(shape).boxed().toList(),
                before.change() + change));
      }
    }

    void pass() {
      passes++;
    }

    void stoppedAt(String module) {
      stoppedAt = module;
    }

    /** Writes that never happened; they fail the run. */
    List<Entry> missedWrites() {
      return entries.values().stream()
          .filter(entry -> entry.kind().equals("write") && entry.fired() == 0)
          .toList();
    }

    Receipt build() {
      List<String> warnings = new ArrayList<>();
      for (Entry entry : entries.values()) {
        if (entry.kind().equals("write") && entry.fired() > 0 && entry.change() == 0) {
          warnings.add(
              "the write to %s at step %d (%s) changed nothing: the value was the same already"
                  .formatted(entry.site(), entry.step(), entry.line()));
        }
      }
      return new Receipt(new ArrayList<>(entries.values()), warnings, passes, stoppedAt);
    }
  }
}
