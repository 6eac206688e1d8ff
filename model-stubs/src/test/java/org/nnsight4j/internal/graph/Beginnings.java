package org.nnsight4j.internal.graph;

import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Value;

/** What a test can begin a graph with besides sites: the creation of the recording of a value. */
public final class Beginnings {
  private Beginnings() {}

  public static Creation of(Value<?> value) {
    return new RecordedCreation(RecordedValue.of(value).recording());
  }

  /** The operation that a value is the result of. */
  public static String operation(Value<?> value) {
    return RecordedValue.of(value).recording().node(RecordedValue.of(value).id())
            instanceof Node.Call call
        ? call.op()
        : "";
  }
}
