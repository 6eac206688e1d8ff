package org.nnsight4j.models.gpt2;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;

/** {@code GPT2Block}: attention and MLP, each added to the residual stream. */
final class Gpt2Block extends Module {
  private final Module ln1;
  private final Module attn;
  private final Module ln2;
  private final Module mlp;

  Gpt2Block(Parts parts, Gpt2Config config, int layer) {
    super(parts.blueprint(), "transformer.h." + layer);
    this.ln1 = parts.layerNorm(path() + ".ln_1", config.layerNormEpsilon());
    this.attn = parts.add(new Gpt2Attention(parts, config, path() + ".attn", layer));
    this.ln2 = parts.layerNorm(path() + ".ln_2", config.layerNormEpsilon());
    this.mlp = parts.add(new Gpt2Mlp(parts, config, path() + ".mlp"));
  }

  @Override
  protected NDArray forward(Pass pass, NDArray residual) {
    return pass.scoped(
        () -> {
          NDArray attended = attn.call(pass, ln1.call(pass, residual));
          NDArray middle = pass.ops().call(pass.arena(), "plus", attended, residual);
          NDArray processed = mlp.call(pass, ln2.call(pass, middle));
          return pass.ops().call(pass.arena(), "plus", middle, processed);
        });
  }
}
