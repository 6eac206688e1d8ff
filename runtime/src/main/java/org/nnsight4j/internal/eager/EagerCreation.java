package org.nnsight4j.internal.eager;

import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.operand.Operand;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;

/** Creates values whose numbers are here. */
@NotUserCode
public record EagerCreation() implements Creation, Operand {
  @Override
  public Object record(String op, Object... args) {
    return EagerCalls.call(op, args);
  }

  @Override
  public Object constantBeside(Tensor tensor) {
    return EagerValue.of(tensor);
  }

  @Override
  public RecordingException fail(String message) {
    return EagerCalls.refused(message);
  }

  @Override
  public String describe() {
    return "create()";
  }
}
