package org.nnsight4j.models.bert;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.engine.Blocks;
import org.nnsight4j.engine.HookPoint;
import org.nnsight4j.engine.KeyMask;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.PositionIds;
import org.nnsight4j.engine.Script;
import org.nnsight4j.engine.TokenTypes;

/** BERT with its weights. */
final class BertNetwork extends Network {
  private final Parts parts;
  private final TokenTypes tokenTypes;
  private final PositionIds positionIds;
  private final KeyMask attentionMask;
  private final HookPoint wholeInput;
  private final HookPoint wholeOutput;
  private final HookPoint stackInput;
  private final HookPoint stackOutput;
  private final HookPoint encoderInput;
  private final HookPoint encoderOutput;
  private final Module tokens;
  private final Module types;
  private final Module places;
  private final Module norm;
  private final Module dropout;
  private final Module embeddings;
  private final List<BertLayer> layers = new ArrayList<>();
  private final Blocks blocks;
  private final Module head;

  BertNetwork(BertConfig config, Parts parts) {
    super(parts);
    this.parts = parts;
    this.wholeInput = parts.input("");
    this.wholeOutput = parts.output("");
    this.stackInput = parts.input("bert");
    this.stackOutput = parts.output("bert");
    this.encoderInput = parts.input("bert.encoder");
    this.encoderOutput = parts.output("bert.encoder");
    this.tokenTypes = new TokenTypes(parts, "bert.token_type_ids");
    this.positionIds = new PositionIds(parts, "bert.position_ids");
    this.attentionMask = new KeyMask(parts, "bert.attention_mask");
    this.tokens = parts.embedding("bert.embeddings.word_embeddings");
    this.types = parts.embedding("bert.embeddings.token_type_embeddings");
    this.places = parts.embedding("bert.embeddings.position_embeddings");
    this.norm = parts.layerNorm("bert.embeddings.LayerNorm", config.epsilon());
    this.dropout = parts.identity("bert.embeddings.dropout");
    this.embeddings =
        step(
            "bert.embeddings",
            (pass, ids) -> {
              throw new IllegalStateException("the embeddings need types and positions too");
            });
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(new BertLayer(parts, config, layer));
    }
    this.blocks =
        new Blocks(
            parts,
            IntStream.range(0, config.layers()).mapToObj(BertLayer::path).toList(),
            new Texts());
    this.head = head(config);
  }

  /** Layers as text. */
  private final class Texts implements Blocks.Writer {
    @Override
    public Script.Value write(Script script, int layer, Script.Value input) {
      return layers.get(layer).script(script, input);
    }

    @Override
    public Attention attention(int layer) {
      return layers.get(layer).attention();
    }
  }

  private Module head(BertConfig config) {
    Module dense = parts.biasedLinear("cls.predictions.transform.dense");
    Module activation =
        parts.activation("cls.predictions.transform.transform_act_fn", config.activation());
    Module last = parts.layerNorm("cls.predictions.transform.LayerNorm", config.epsilon());
    Module transform =
        step(
            "cls.predictions.transform",
            (pass, stream) -> last.call(pass, activation.call(pass, dense.call(pass, stream))));
    Module decoder = parts.biasedLinear("cls.predictions.decoder");
    Module predictions =
        step("cls.predictions", (pass, stream) -> decoder.call(pass, transform.call(pass, stream)));
    return step("cls", predictions::call);
  }

  private Module step(String path, BiFunction<Pass, NDArray, NDArray> forward) {
    return parts.add(new BertStep(parts, path, forward));
  }

  @Override
  public int layers() {
    return layers.size();
  }

  @Override
  public @Nullable NDArray forward(Pass pass, NDArray input) {
    NDArray ids = stackInput.show(pass, wholeInput.show(pass, input));
    NDArray ofText = tokenTypes.show(pass, ids);
    NDArray standing = positionIds.show(pass);
    attentionMask.show(pass);
    NDArray stream = embeddings.call(pass, ids, taken -> embedded(pass, taken, ofText, standing));
    stream = encoderInput.show(pass, stream);
    int layer = 0;
    while (layer < layers.size()) {
      if (pass.done()) {
        return null;
      }
      Blocks.Stretch stretch = blocks.from(pass, layer);
      stream = stretch == null ? layers.get(layer).call(pass, stream) : stretch.run(pass, stream);
      layer += stretch == null ? 1 : stretch.count();
    }
    if (pass.done()) {
      return null;
    }
    stream = stackOutput.show(pass, encoderOutput.show(pass, stream));
    return pass.done() ? null : wholeOutput.show(pass, head.call(pass, stream));
  }

  private NDArray embedded(Pass pass, NDArray ids, NDArray ofText, NDArray standing) {
    NDArray words = tokens.call(pass, ids);
    NDArray sum = plus(pass, words, types.call(pass, ofText));
    sum = plus(pass, sum, places.call(pass, standing));
    return dropout.call(pass, norm.call(pass, sum));
  }

  static NDArray plus(Pass pass, NDArray left, NDArray right) {
    return pass.ops().call(pass.arena(), "plus", left, right);
  }
}
