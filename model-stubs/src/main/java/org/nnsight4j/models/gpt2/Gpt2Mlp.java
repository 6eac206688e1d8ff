package org.nnsight4j.models.gpt2;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;

/** {@code GPT2MLP}. */
final class Gpt2Mlp extends Module {
  private final Module cFc;
  private final Module act;
  private final Module cProj;
  private final Module dropout;

  Gpt2Mlp(Parts parts, Gpt2Config config, String path) {
    super(parts.blueprint(), path);
    this.cFc = parts.conv1d(path + ".c_fc");
    this.act = parts.activation(path + ".act", config.activation());
    this.cProj = parts.conv1d(path + ".c_proj");
    this.dropout = parts.identity(path + ".dropout");
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return dropout.call(pass, cProj.call(pass, act.call(pass, cFc.call(pass, input))));
  }
}
