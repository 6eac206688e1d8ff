package org.nnsight4j.attach;

import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** The inner values of one call of an attached module. */
public final class Points {
  private final Recording recording;
  private final String name;

  /**
   * The inner values of a call.
   *
   * @param name tells the call from others of the run
   */
  public Points(Recording recording, String name) {
    this.recording = recording;
    this.name = name;
  }

  /** Gives a value the name {@code call.site}; what follows must be computed from the result. */
  public <A> Value<A> show(String site, Value<A> value) {
    return recording.names().give(name + "." + site, value);
  }

  /** Numbers of the module's own. */
  public <A> Value<A> constant(Tensor tensor) {
    return recording.constant(tensor);
  }
}
