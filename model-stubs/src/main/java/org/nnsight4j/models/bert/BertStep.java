package org.nnsight4j.models.bert;

import ai.djl.ndarray.NDArray;
import java.util.function.BiFunction;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;

/** A module that consists of others. */
final class BertStep extends Module {
  private final BiFunction<Pass, NDArray, NDArray> forward;

  BertStep(Parts parts, String path, BiFunction<Pass, NDArray, NDArray> forward) {
    super(parts.blueprint(), path);
    this.forward = forward;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray argument) {
    return forward.apply(pass, argument);
  }
}
