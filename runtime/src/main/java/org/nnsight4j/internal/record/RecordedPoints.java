package org.nnsight4j.internal.record;

import org.nnsight4j.attach.Points;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * The inner values of one call, as points of a recording.
 *
 * @param name distinguishes the call from others in the run
 */
@NotUserCode
public record RecordedPoints(Recording recording, String name) implements Points {
  @Override
  public <A> Value<A> show(String site, Value<A> value) {
    return recording.names().give(name + "." + site, value);
  }

  @Override
  public <A> Value<A> constant(Tensor tensor) {
    return recording.constant(tensor);
  }

  @Override
  public RecordingException fail(String message) {
    return recording.fail(message, UserFrames.here());
  }
}
