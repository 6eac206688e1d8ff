package org.nnsight4j.internal.graph;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;

/** Values of earlier runs of the same session, as values of this run. */
final class Bridges {
  private final Recording recording;
  private final ToIntFunction<Recording> runs;
  private final Map<RecordedValue<?>, RecordedValue<?>> bridged = new IdentityHashMap<>();

  Bridges(Recording recording, ToIntFunction<Recording> runs) {
    this.recording = recording;
    this.runs = runs;
  }

  /** The value as one of this run, or null if it is of no earlier run of the session. */
  @Nullable RecordedValue<?> of(RecordedValue<?> foreign, String what, SourceLine line) {
    RecordedValue<?> known = bridged.get(foreign);
    if (known != null) {
      return known;
    }
    int run = runs.applyAsInt(foreign.recording());
    if (run < 0) {
      return null;
    }
    if (foreign.recording().blocks().isInside(foreign.id())) {
      throw recording.fail(
          "%s: the value recorded at %s is inside of a loop or branch of its run; hand it out of there first"
              .formatted(what, foreign.line()),
          line);
    }
    int save = foreign.recording().saves().keep(foreign);
    RecordedValue<?> value = recording.bridge(run, save, foreign.meta(), line);
    bridged.put(foreign, value);
    return value;
  }
}
