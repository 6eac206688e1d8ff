package org.nnsight4j.internal.graph;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;

/** Values of earlier runs of the same session, as values of this run. */
final class Bridges {
  private final Recording recording;
  private final Runs session;
  private final Map<RecordedValue<?>, RecordedValue<?>> bridged = new IdentityHashMap<>();
  private final Map<Integer, RecordedValue<?>> sources = new HashMap<>();

  Bridges(Recording recording, Runs session) {
    this.recording = recording;
    this.session = session;
  }

  /**
   * The run that an operation belongs to: the latest run of its operands, whatever their order; or,
   * if that run is no longer being recorded, the one that is.
   */
  Recording home(Object... operands) {
    Recording latest = recording;
    for (Object operand : operands) {
      if (operand instanceof RecordedValue<?> value
          && latest.bridges().isBefore(value.recording())) {
        latest = value.recording();
      } else if (operand instanceof List<?> list) {
        latest = latest.bridges().home(list.toArray());
      }
    }
    return latest.isUnderWay() ? latest : latest.bridges().underWay();
  }

  /** The later run that is being recorded, if there is exactly one; otherwise this run. */
  private Recording underWay() {
    List<Recording> open = session.after().stream().filter(Recording::isUnderWay).toList();
    return open.size() == 1 ? open.get(0) : recording;
  }

  /** Whether this run comes before another of its session. */
  boolean isBefore(Recording other) {
    return session.after().contains(other);
  }

  /**
   * The value as a value of this run, or null if it does not belong to an earlier run of the
   * session.
   */
  @Nullable RecordedValue<?> of(RecordedValue<?> foreign, String what, SourceLine line) {
    RecordedValue<?> known = bridged.get(foreign);
    // A value that was first needed in a loop or branch is not visible after it.
    if (known != null && recording.blocks().hiddenIn(known.id()) == null) {
      return known;
    }
    int run = session.before(foreign.recording());
    if (run < 0) {
      return null;
    }
    if (foreign.recording().blocks().isInside(foreign.id())) {
      throw recording.fail(
          "%s: the value recorded at %s is inside a loop or branch of its run; hand it out of there first"
              .formatted(what, foreign.line()),
          line);
    }
    int save =
        known == null
            ? foreign.recording().saves().keep(foreign)
            : ((Node.Bridge) recording.node(known.id())).save();
    RecordedValue<?> value = recording.bridge(run, save, foreign, line);
    bridged.put(foreign, value);
    sources.put(value.id(), foreign);
    return value;
  }

  /** The value of an earlier run that a node of this run stands for; null for all other nodes. */
  @Nullable RecordedValue<?> source(int node) {
    return sources.get(node);
  }
}
