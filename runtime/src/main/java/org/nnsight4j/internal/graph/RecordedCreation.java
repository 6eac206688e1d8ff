package org.nnsight4j.internal.graph;

import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.operand.Operand;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;

/** Creates values in one recording. */
@NotUserCode
public record RecordedCreation(Recording recording) implements Creation, Operand {
  @Override
  public Object record(String op, Object... args) {
    return recording.callHere(null, op, args);
  }

  @Override
  public Object constantBeside(Tensor tensor) {
    return recording.constant(tensor);
  }

  @Override
  public RecordingException fail(String message) {
    return recording.fail(message, UserFrames.here());
  }

  @Override
  public String describe() {
    return "create()";
  }
}
