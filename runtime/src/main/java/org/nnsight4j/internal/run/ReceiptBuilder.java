package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.values.Precision;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Receipt.Entry;

/** Collects a receipt during the run. */
final class ReceiptBuilder {
  private final Map<Integer, Event> events = new TreeMap<>();
  private final Map<Integer, List<Integer>> missed = new TreeMap<>();
  private final List<String> unseen = new ArrayList<>();
  private final Precision precision;
  private int passes;
  private String stoppedAfter = "";
  private String batched = "";

  ReceiptBuilder(Precision precision) {
    this.precision = precision;
  }

  /** Adds a read, write or skip of the plan, which has fired 0 times so far. */
  void expect(Node node, ControlBlock.@Nullable Steps loop) {
    if (node instanceof Node.Read read && !read.settled()) {
      expect(node, "read", read.site().toString(), read.step(), loop);
    } else if (node instanceof Node.Write write) {
      expect(node, "write", write.site().toString(), write.step(), loop);
    } else if (node instanceof Node.Skip skip) {
      expect(node, "skip", skip.module(), skip.step(), loop);
    } else if (node instanceof Node.ParameterWrite write) {
      events.put(write.id(), new Event("write", write.name(), "all steps", write.line()));
    }
  }

  /** Whether a receipt has an entry for a node of the plan. */
  static boolean lists(Node node) {
    return node instanceof Node.Read read
        ? !read.settled()
        : node instanceof Node.Write
            || node instanceof Node.Skip
            || node instanceof Node.ParameterWrite;
  }

  private void expect(
      Node node, String kind, String site, AtStep step, ControlBlock.@Nullable Steps loop) {
    String when = (loop == null ? step : loop).toString();
    events.put(node.id(), new Event(kind, site, when, node.line()));
  }

  void fired(int node, long[] shape, double change) {
    Event event = events.get(node);
    if (event != null) {
      event.fired++;
      event.shape = shape;
      event.change += change;
    }
  }

  /** What has happened so far at one place. */
  private static final class Event {
    private final String kind;
    private final String site;
    private final String when;
    private final SourceLine line;
    private int fired;
    private long[] shape = new long[0];
    private double change;

    Event(String kind, String site, String when, SourceLine line) {
      this.kind = kind;
      this.site = site;
      this.when = when;
      this.line = line;
    }

    Entry entry() {
      return new Entry(
          kind, site, when, line, fired, Arrays.stream(shape).boxed().toList(), change);
    }
  }

  /**
   * Called when a write or skip could not happen at a step, because there are no rows or no value.
   */
  void missed(int node, int step) {
    missed.computeIfAbsent(node, id -> new ArrayList<>()).add(step);
  }

  void pass() {
    passes++;
  }

  /** A replaced gradient has no effect if no gradient of the same number is taken after it. */
  void expect(Node.GradientWrite write, boolean seen) {
    if (!seen) {
      unseen.add(
          "setGradient at %s has no effect: no gradient of the same value is taken after it"
              .formatted(write.line()));
    }
  }

  /** Adds warnings about what is probably not intended. */
  void warn(List<String> warnings) {
    unseen.addAll(warnings);
  }

  void batched(String how) {
    batched = how;
  }

  void stoppedAfter(String module) {
    stoppedAfter = module;
  }

  /**
   * The receipt of a run that has ended.
   *
   * @throws RunException if a write never happened, unless the user's control flow prevented it
   */
  Receipt build(Absence absence, @Nullable SourceLine stoppedAt) {
    List<String> warnings = new ArrayList<>(unseen);
    List<Entry> entries = new ArrayList<>();
    events.forEach(
        (node, event) -> {
          Entry entry = event.entry();
          entries.add(entry);
          if (!entry.kind().equals("read")) {
            check(node, entry, absence, warnings);
          }
        });
    String end = stoppedAt == null ? stoppedAfter : stoppedAfter + " by stop() at " + stoppedAt;
    return new Receipt(entries, warnings, passes, end.trim(), precision, "", batched);
  }

  private void check(int node, Entry entry, Absence absence, List<String> warnings) {
    if (entry.fired() == 0 && !absence.isMeant(node)) {
      throw new RunException(
          Location.at(entry.line()),
          "the %s at %s never happened: %s"
              .formatted(
                  what(entry), entry.when(), absence.demanded(absence.plan().graph().node(node))));
    }
    if (entry.fired() == 0) {
      warnings.add(
          "the %s at %s (%s) never happened: %s"
              .formatted(
                  what(entry),
                  entry.when(),
                  entry.line(),
                  absence.reason(absence.plan().graph().node(node))));
    } else if (missed.containsKey(node)) {
      warnings.add(
          "the %s (%s) did not happen at the steps %s: its rows or its value had ended"
              .formatted(what(entry), entry.line(), missed.get(node)));
    }
    if (entry.kind().equals("write") && entry.fired() > 0 && entry.change() == 0) {
      warnings.add(
          "the %s at %s (%s) changed nothing: the value was the same already"
              .formatted(what(entry), entry.when(), entry.line()));
    }
  }

  private static String what(Entry entry) {
    return entry.kind() + (entry.kind().equals("skip") ? " of " : " to ") + entry.site();
  }
}
