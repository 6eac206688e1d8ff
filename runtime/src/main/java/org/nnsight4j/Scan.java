package org.nnsight4j;

import java.util.Map;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.RecordedValue;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.graph.SavedValue;
import org.nnsight4j.internal.plan.ShapeScan;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Shapes and data types of everything in a run, computed without weights and without libtorch
 * (nnsight's {@code scan}).
 *
 * @param <R> what the body of the scan returned
 */
@NotUserCode
public final class Scan<R> {
  private final R result;
  private final Recording recording;
  private final ShapeScan shapes;

  Scan(R result, Recording recording, ShapeScan shapes) {
    this.result = result;
    this.recording = recording;
    this.shapes = shapes;
  }

  /** What the body returned. */
  public R result() {
    return result;
  }

  /** Shape and data type of a recorded value; in a loop over steps, those of its first step. */
  public Meta of(Value<?> value) {
    RecordedValue<?> recorded = RecordedValue.of(value);
    own(recorded.recording() == recording, value.line());
    return shapes.of(recorded.id());
  }

  /** Shape and data type of a saved value. */
  public Meta of(Saved<?> saved) {
    own(recording.saves().isOwn(saved), saved.line());
    return shapes.of(SavedValue.of(saved).id());
  }

  private static void own(boolean own, SourceLine line) {
    if (!own) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "the value recorded at %s belongs to another run than this scan".formatted(line));
    }
  }

  /** Shape and data type at every site of the model, for all rows, in the pass over the prompts. */
  public Map<SiteKey, Meta> sites() {
    return shapes.sites();
  }
}
