package org.nnsight4j.models.gpt2;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;

/** {@code GPT2Attention}: one projection to queries, keys and values, and one back. */
final class Gpt2Attention extends Module {
  private final int heads;
  private final Module cAttn;
  private final Attention attention;
  private final Module cProj;
  private final Module residDropout;

  Gpt2Attention(Parts parts, Gpt2Config config, String path, int layer) {
    super(parts.blueprint(), path);
    this.heads = config.heads();
    this.cAttn = parts.conv1d(path + ".c_attn");
    this.attention = new Attention(parts, path, layer, config.attentionScale(layer));
    this.cProj = parts.conv1d(path + ".c_proj");
    this.residDropout = parts.identity(path + ".resid_dropout");
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    NDArray[] qkv =
        pass.ops().callMany(pass.arena(), "split_heads", cAttn.call(pass, input), (long) heads);
    NDArray z = attention.mix(pass, qkv[0], qkv[1], qkv[2]);
    NDArray merged = pass.ops().call(pass.arena(), "merge_heads", z);
    return residDropout.call(pass, cProj.call(pass, merged));
  }
}
