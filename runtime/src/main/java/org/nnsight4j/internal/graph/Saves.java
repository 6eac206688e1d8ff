package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.values.Saved;

/** What is kept after a run, for the user or for a later run of the session. */
public final class Saves {
  private final Recording recording;
  private final List<SavedValue<?>> saved = new ArrayList<>();

  Saves(Recording recording) {
    this.recording = recording;
  }

  <A> Saved<A> save(RecordedValue<A> value) {
    SourceLine line = recording.begin("save");
    int source = recording.arguments().node(value, "save", line);
    RecordedValue<A> kept =
        recording.add(new Node.Save(recording.size(), source, line), value.meta(), null);
    SavedValue<A> handle = new SavedValue<>(kept.id(), line, recording.inLoop());
    saved.add(handle);
    return handle;
  }

  /** Keeps a value for a later run of the session; also works after the recording has ended. */
  int keep(RecordedValue<?> value) {
    Node.Save save = new Node.Save(recording.size(), value.id(), value.line());
    recording.addForeign(save, value.meta(), List.of());
    return save.id();
  }

  /** Whether a value was saved in this recording. */
  public boolean isOwn(Saved<?> handle) {
    return saved.contains(SavedValue.of(handle));
  }

  /** Gives the results of a run to the saved values. */
  public void complete(Outcome outcome) {
    for (SavedValue<?> handle : saved) {
      handle.complete(
          outcome.saved().getOrDefault(handle.id(), Map.of()), outcome.reason(handle.id()));
    }
  }

  /** Tells the saved values why there is nothing to read. */
  public void absent(String reason) {
    saved.forEach(handle -> handle.absent(reason));
  }
}
