package org.nnsight4j.samples.shallow;

import com.google.auto.service.AutoService;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

// snippet: family
/** What is where, in the order of the forward pass; needs no engine. */
@AutoService(Family.class)
public final class ShallowFamily implements Family {
  @Override
  public String architecture() {
    return "shallow";
  }

  @Override
  public Blueprint blueprint(ModelConfig config) {
    int vocab = config.integer("vocab_size");
    int positions = config.integer("n_ctx");
    int width = config.integer("d_model");
    int heads = config.integer("n_heads");
    int layers = config.integer("n_layers");
    Dim batch = Dim.unknown(Dim.BATCH);
    Dim position = Dim.unknown(Dim.POSITION);
    Dim head = Dim.named("head", heads);
    Dims ids = Dims.of(batch, position);
    Dims hidden = Dims.of(batch, position, Dim.named("hidden", width));
    Dims qkv = Dims.of(batch, position, Dim.named("qkv", 3 * width));
    Dims perHead = Dims.of(batch, head, position, Dim.named("headdim", width / heads));
    Dims scores = Dims.of(batch, head, position, Dim.unknown(Dim.KEY));
    Dims logits = Dims.of(batch, position, Dim.named("vocab", vocab));

    Blueprint.Builder tree =
        Blueprint.of("shallow")
            .vocabularySize(vocab)
            .maxPositions(positions)
            .count("n_layers", layers)
            .width("hidden", width)
            .width("qkv", 3 * width)
            .width("headdim", width / heads)
            .width("vocab", vocab);
    tree.module("", "Shallow", false).input("", ids, DType.INT64);
    tree.module("embed", "Embedding", true).input("embed", ids, DType.INT64);
    tree.output("embed", hidden).parameter("embed.weight", vocab, width);
    tree.module("pos_embed", "Embedding", true).input("pos_embed", ids, DType.INT64);
    tree.output("pos_embed", hidden).parameter("pos_embed.weight", positions, width);
    for (int layer = 0; layer < layers; layer++) {
      String block = "blocks." + layer;
      String attn = block + ".attn";
      tree.module(block, "Block", true).input(block, hidden, DType.FLOAT32);
      tree.module(attn, "Attention", true).input(attn, hidden, DType.FLOAT32);
      linear(tree, attn + ".qkv", hidden, qkv);
      for (String site : new String[] {"q", "k", "v"}) {
        tree.module(attn + "." + site, ModuleSpec.INNER_VALUE, false)
            .output(attn + "." + site, perHead);
      }
      for (String site : new String[] {"scores", "pattern"}) {
        tree.module(attn + "." + site, ModuleSpec.INNER_VALUE, false)
            .output(attn + "." + site, scores);
      }
      tree.module(attn + ".z", ModuleSpec.INNER_VALUE, false).output(attn + ".z", perHead);
      linear(tree, attn + ".out", hidden, hidden);
      tree.output(attn, hidden).output(block, hidden);
    }
    linear(tree, "unembed", hidden, logits);
    return tree.output("", logits).build();
  }

  private static void linear(Blueprint.Builder tree, String path, Dims input, Dims output) {
    tree.module(path, "Linear", true).input(path, input, DType.FLOAT32).output(path, output);
    tree.parameter(path + ".weight", output.get(-1).size(), input.get(-1).size());
  }
}
// end
