package org.nnsight4j.models.gpt2;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.KeyMask;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Tap;

/** GPT-2's forward pass, module by module as {@code GPT2LMHeadModel}. */
final class Gpt2Network extends Network {
  private final Tap ids;
  private final Tap transformerIds;
  private final Tap positionIds;
  private final KeyMask attentionMask;
  private final Tap transformerOutput;
  private final Tap lmHeadInput;
  private final Tap lmHeadOutput;
  private final Tap logits;
  private final Module wte;
  private final Module wpe;
  private final Module drop;
  private final List<Module> blocks = new ArrayList<>();
  private final Module lnF;
  private final Module lmHead;

  Gpt2Network(Parts parts, Gpt2Config config) {
    super(parts);
    this.ids = parts.input("");
    this.transformerIds = parts.input("transformer");
    this.positionIds = parts.output("transformer.position_ids");
    this.attentionMask = new KeyMask(parts, "transformer.attention_mask");
    this.transformerOutput = parts.output("transformer");
    this.lmHeadInput = parts.input("lm_head");
    this.lmHeadOutput = parts.output("lm_head");
    this.logits = parts.output("");
    this.wte = parts.embedding("transformer.wte");
    this.wpe = parts.embedding("transformer.wpe");
    this.drop = parts.identity("transformer.drop");
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(parts.add(new Gpt2Block(parts, config, layer)));
    }
    this.lnF = parts.layerNorm("transformer.ln_f", config.layerNormEpsilon());
    this.lmHead = parts.linear("lm_head", "lm_head.weight");
  }

  @Override
  public int layers() {
    return blocks.size();
  }

  @Override
  public @Nullable NDArray forward(Pass pass, NDArray input, NDArray positions) {
    NDArray tokens = transformerIds.show(pass, ids.show(pass, input));
    NDArray places = positionIds.show(pass, positions);
    attentionMask.show(pass);
    NDArray residual = embedded(pass, tokens, places);
    for (Module block : blocks) {
      if (pass.done()) {
        return null;
      }
      residual = block.call(pass, residual);
    }
    if (pass.done()) {
      return null;
    }
    NDArray normed = transformerOutput.show(pass, lnF.call(pass, residual));
    if (pass.done()) {
      return null;
    }
    return logits.show(pass, lmHead.call(pass, wanted(pass, normed)));
  }

  private NDArray embedded(Pass pass, NDArray tokens, NDArray positions) {
    NDArray token = wte.call(pass, tokens);
    NDArray position = wpe.call(pass, positions);
    return drop.call(pass, pass.ops().call(pass.arena(), "plus", token, position));
  }

  /** Unembedding is expensive, so unless somebody looks, only the last position goes through it. */
  private NDArray wanted(Pass pass, NDArray normed) {
    boolean everyPosition =
        !pass.lastPositionOnly()
            || lmHeadInput.listens(pass)
            || lmHeadOutput.listens(pass)
            || logits.listens(pass);
    return everyPosition ? normed : pass.ops().call(pass.arena(), "last_position", normed);
  }
}
