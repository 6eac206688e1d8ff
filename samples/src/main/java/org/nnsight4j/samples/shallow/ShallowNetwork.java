package org.nnsight4j.samples.shallow;

import ai.djl.ndarray.NDArray;
import com.google.auto.service.AutoService;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.engine.HookPoint;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;

// snippet: network
/** The forward pass. Each value that can be read or written passes through a tap of its site. */
final class ShallowNetwork extends Network {
  private final HookPoint ids;
  private final HookPoint logits;
  private final Module embed;
  private final Module posEmbed;
  private final List<Module> blocks = new ArrayList<>();
  private final Module unembed;

  private ShallowNetwork(Parts parts, ModelConfig config) {
    super(parts);
    this.ids = parts.input("");
    this.logits = parts.output("");
    this.embed = parts.embedding("embed");
    this.posEmbed = parts.embedding("pos_embed");
    for (int layer = 0; layer < config.integer("n_layers"); layer++) {
      blocks.add(parts.add(new Block(parts, config, layer)));
    }
    this.unembed = parts.linear("unembed", "unembed.weight");
  }

  @Override
  public int layers() {
    return blocks.size();
  }

  @Override
  public @Nullable NDArray forward(Pass pass, NDArray input) {
    NDArray tokens = embed.call(pass, ids.show(pass, input));
    NDArray residual = plus(pass, tokens, posEmbed.call(pass, pass.positions()));
    for (Module block : blocks) {
      if (pass.done()) {
        return null; // the rest is not needed
      }
      residual = block.call(pass, residual);
    }
    return pass.done() ? null : logits.show(pass, unembed.call(pass, residual));
  }

  private static NDArray plus(Pass pass, NDArray left, NDArray right) {
    return pass.ops().call(pass.arena(), "plus", left, right);
  }

  private static final class Block extends Module {
    private final Module attn;

    Block(Parts parts, ModelConfig config, int layer) {
      super(parts.blueprint(), "blocks." + layer);
      this.attn = parts.add(new Heads(parts, config, path() + ".attn", layer));
    }

    @Override
    protected NDArray forward(Pass pass, NDArray residual) {
      return pass.scoped(() -> plus(pass, residual, attn.call(pass, residual)));
    }
  }

  private static final class Heads extends Module {
    private final int heads;
    private final Module qkv;
    private final Attention attention;
    private final Module out;

    Heads(Parts parts, ModelConfig config, String path, int layer) {
      super(parts.blueprint(), path);
      this.heads = config.integer("n_heads");
      this.qkv = parts.linear(path + ".qkv", path + ".qkv.weight");
      double scale = 1 / Math.sqrt((double) config.integer("d_model") / heads);
      this.attention = new Attention(parts, path, layer, scale);
      this.out = parts.linear(path + ".out", path + ".out.weight");
    }

    @Override
    protected NDArray forward(Pass pass, NDArray residual) {
      NDArray[] split =
          pass.ops().callMany(pass.arena(), "split_heads", qkv.call(pass, residual), (long) heads);
      NDArray mixed = attention.mix(pass, split[0], split[1], split[2]);
      return out.call(pass, pass.ops().call(pass.arena(), "merge_heads", mixed));
    }
  }

  /** Found by the name of the architecture. */
  @AutoService(NetworkFactory.class)
  public static final class Factory implements NetworkFactory {
    @Override
    public String architecture() {
      return "shallow";
    }

    @Override
    public Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
      return new ShallowNetwork(new Parts(blueprint, weights), config);
    }
  }
}
// end
