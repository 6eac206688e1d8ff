package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Tensor;

/** Runs the user's Java functions on the numbers of a run. */
final class Host {
  private Host() {}

  static NDArray call(Node.HostCall call, Values values) {
    List<Tensor> arguments = new ArrayList<>();
    for (int argument : call.arguments()) {
      arguments.add(values.download(argument, call));
    }
    Tensor result;
    try {
      result = call.function().apply(List.copyOf(arguments));
    } catch (Nnsight4jException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new RunException("the host call at %s failed: %s".formatted(call.line(), e), e);
    }
    if (result == null) {
      throw new RunException("the host call at %s gave null".formatted(call.line()));
    }
    if (result.dtype() != call.result().dtype()
        || call.result().dims().conflicts(Dims.of(result.shape()))) {
      throw new RunException(
          "the host call at %s must give %s, it gave %s"
              .formatted(call.line(), call.result(), result.header()));
    }
    return values.upload(result);
  }
}
