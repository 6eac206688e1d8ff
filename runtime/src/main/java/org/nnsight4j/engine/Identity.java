package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.family.Blueprint;

/**
 * A module that changes nothing, such as dropout outside training; it exists for its hook points.
 */
public final class Identity extends Module {
  public Identity(Blueprint blueprint, String path) {
    super(blueprint, path);
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    return input;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return input;
  }
}
