package org.example.app;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.HookPoint;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;

final class BigramNetwork extends Network {
  private final HookPoint ids;
  private final HookPoint logits;
  private final Module embed;
  private final Module unembed;

  private BigramNetwork(Parts parts) {
    super(parts);
    this.ids = parts.input("");
    this.logits = parts.output("");
    this.embed = parts.embedding("embed");
    this.unembed = parts.linear("unembed", "unembed.weight");
  }

  @Override
  public int layers() {
    return 0;
  }

  @Override
  public NDArray forward(Pass pass, NDArray input) {
    NDArray hidden = embed.call(pass, ids.show(pass, input));
    return pass.done() ? null : logits.show(pass, unembed.call(pass, hidden));
  }

  public static final class Factory implements NetworkFactory {
    @Override
    public String architecture() {
      return "bigram";
    }

    @Override
    public Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
      return new BigramNetwork(new Parts(blueprint, weights));
    }
  }
}
