package org.nnsight4j.values;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Block;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.run.Absence;

/**
 * What really happened in a run: for every read and write how often it fired, its shape and, for a
 * write, how much it changed.
 *
 * @param entries reads and writes in the order of recording
 * @param warnings what is allowed, but probably not meant
 * @param passes how many forward passes there were
 * @param stoppedAt the module after which the last pass ended early, and the line of the stop()
 *     that ended the run; or empty
 */
public record Receipt(List<Entry> entries, List<String> warnings, int passes, String stoppedAt) {
  public Receipt {
    entries = List.copyOf(entries);
    warnings = List.copyOf(warnings);
  }

  /**
   * One read or write.
   *
   * @param kind {@code read}, {@code write} or {@code skip}
   * @param site module path and port
   * @param when the step or steps of generation, in words
   * @param fired how often it happened
   * @param shape the shape of the invoker's part of the site
   * @param change the Euclidean distance between the value before and after; 0 for reads
   */
  public record Entry(
      String kind,
      String site,
      String when,
      SourceLine line,
      int fired,
      List<Long> shape,
      double change) {
    private String what() {
      return kind + (kind.equals("skip") ? " of " : " to ") + site;
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("receipt: %s forward pass%s".formatted(passes, passes == 1 ? "" : "es"));
    text.append(stoppedAt.isEmpty() ? "" : ", stopped after " + stoppedAt);
    for (Entry entry : entries) {
      text.append(
          "%n  %-5s %s, %s, fired %s, shape %s%s  (%s)"
              .formatted(
                  entry.kind(),
                  entry.site(),
                  entry.when(),
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
    private final Map<Integer, List<Integer>> missed = new TreeMap<>();
    private final List<String> unseen = new ArrayList<>();
    private int passes;
    private String stoppedAfter = "";

    /** Every read, write and skip that is part of the plan starts with fired 0. */
    void expect(Node node, Block.@Nullable Steps loop) {
      if (node instanceof Node.Read read && !read.settled()) {
        expect(node, "read", read.site().toString(), read.step(), loop);
      } else if (node instanceof Node.Write write) {
        expect(node, "write", write.site().toString(), write.step(), loop);
      } else if (node instanceof Node.Skip skip) {
        expect(node, "skip", skip.module(), skip.step(), loop);
      }
    }

    private void expect(Node node, String kind, String site, int step, Block.@Nullable Steps loop) {
      String when = loop == null ? "step " + step : loop.toString();
      entries.put(node.id(), new Entry(kind, site, when, node.line(), 0, List.of(), 0));
    }

    void fired(int node, long[] shape, double change) {
      Entry before = entries.get(node);
      if (before != null) {
        entries.put(
            node,
            new Entry(
                before.kind(),
                before.site(),
                before.when(),
                before.line(),
                before.fired() + 1,
                Arrays.stream(shape).boxed().toList(),
                before.change() + change));
      }
    }

    /** A write or skip could not happen at a step: there are no rows, or no value. */
    void missed(int node, int step) {
      missed.computeIfAbsent(node, id -> new ArrayList<>()).add(step);
    }

    void pass() {
      passes++;
    }

    /** A replaced gradient is of no effect if no gradient of the same number is taken after it. */
    void expect(Node.GradientWrite write, boolean seen) {
      if (!seen) {
        unseen.add(
            "setGradient at %s has no effect: no gradient of the same value is taken after it"
                .formatted(write.line()));
      }
    }

    void stoppedAfter(String module) {
      stoppedAfter = module;
    }

    /**
     * The receipt of a run that has ended.
     *
     * @throws RunException if a write never happened and nobody said so
     */
    Receipt build(Absence absence, @Nullable SourceLine stoppedAt) {
      List<String> warnings = new ArrayList<>(unseen);
      entries.forEach(
          (node, entry) -> {
            if (!entry.kind().equals("read")) {
              check(node, entry, absence, warnings);
            }
          });
      String end = stoppedAt == null ? stoppedAfter : stoppedAfter + " by stop() at " + stoppedAt;
      return new Receipt(new ArrayList<>(entries.values()), warnings, passes, end.trim());
    }

    private void check(int node, Entry entry, Absence absence, List<String> warnings) {
      if (entry.fired() == 0 && !absence.isMeant(node)) {
        throw new RunException(
            "the %s at %s never happened: %s (at %s)"
                .formatted(
                    entry.what(),
                    entry.when(),
                    absence.demanded(absence.plan().graph().node(node)),
                    entry.line()));
      }
      if (entry.fired() == 0) {
        warnings.add(
            "the %s at %s (%s) never happened: %s"
                .formatted(
                    entry.what(),
                    entry.when(),
                    entry.line(),
                    absence.reason(absence.plan().graph().node(node))));
      } else if (missed.containsKey(node)) {
        warnings.add(
            "the %s (%s) did not happen at the steps %s: its rows or its value had ended"
                .formatted(entry.what(), entry.line(), missed.get(node)));
      }
      if (entry.kind().equals("write") && entry.fired() > 0 && entry.change() == 0) {
        warnings.add(
            "the %s at %s (%s) changed nothing: the value was the same already"
                .formatted(entry.what(), entry.when(), entry.line()));
      }
    }
  }
}
