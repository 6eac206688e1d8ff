package org.nnsight4j.models.gpt2;

import com.google.auto.service.AutoService;
import java.util.Map;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** GPT-2's modules, sites and parameters, in the order of its forward pass. */
@AutoService(Family.class)
public final class Gpt2Family implements Family {
  @Override
  public String architecture() {
    return "gpt2";
  }

  /** {@code GPT2Config.attribute_map}. */
  @Override
  public Map<String, String> aliases() {
    return Map.of(
        "hidden_size", "n_embd",
        "max_position_embeddings", "n_positions",
        "num_attention_heads", "n_head",
        "num_hidden_layers", "n_layer");
  }

  @Override
  public Blueprint blueprint(ModelConfig json) {
    return new Tree(Gpt2Config.of(json)).build();
  }

  private static final class Tree {
    private static final Dim BATCH = Dim.unknown(Dim.BATCH);
    private static final Dim POSITION = Dim.unknown(Dim.POSITION);
    private static final Dim KEY = Dim.unknown(Dim.KEY);

    private final Gpt2Config config;
    private final Blueprint.Builder tree = Blueprint.of("gpt2");
    private final Dims ids = Dims.of(BATCH, POSITION);
    private final Dims hidden;
    private final Dims inner;
    private final Dims perHead;

    Tree(Gpt2Config config) {
      this.config = config;
      this.hidden = row("hidden", config.hidden());
      this.inner = row("inner", config.inner());
      this.perHead =
          Dims.of(
              BATCH,
              Dim.named("head", config.heads()),
              POSITION,
              Dim.named("headdim", config.headDim()));
    }

    private static Dims row(String axis, int width) {
      return Dims.of(BATCH, POSITION, Dim.named(axis, width));
    }

    Blueprint build() {
      tree.vocabularySize(config.vocabulary())
          .maxPositions(config.positions())
          .count("n_layer", config.layers())
          .width("hidden", config.hidden())
          .width("inner", config.inner())
          .width("qkv", 3 * config.hidden())
          .width("headdim", config.headDim())
          .width("vocab", config.vocabulary())
          .optionalPrefix("transformer.")
          // Buffers of older checkpoints: the causal mask.
          .ignore("(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)");
      Dims logits = row("vocab", config.vocabulary());
      tree.module("", "GPT2LMHeadModel", false).input("", ids, DType.INT64);
      tree.module("transformer", "GPT2Model", false).input("transformer", ids, DType.INT64);
      tree.keywordInput("transformer.position_ids", ids, DType.INT64)
          .keywordInput("transformer.attention_mask", Dims.of(BATCH, KEY), DType.INT64);
      embedding("transformer.wte", config.vocabulary());
      embedding("transformer.wpe", config.positions());
      leaf("transformer.drop", "Dropout", hidden, hidden);
      for (int layer = 0; layer < config.layers(); layer++) {
        block("transformer.h." + layer);
      }
      layerNorm("transformer.ln_f");
      tree.output("transformer", hidden);
      leaf("lm_head", "Linear", hidden, logits);
      if (config.tied()) {
        tree.tie("lm_head.weight", "transformer.wte.weight");
      } else {
        tree.parameter("lm_head.weight", config.vocabulary(), config.hidden());
      }
      return tree.output("", logits).build();
    }

    private void block(String path) {
      open(path, "GPT2Block", hidden);
      layerNorm(path + ".ln_1");
      attention(path + ".attn");
      layerNorm(path + ".ln_2");
      mlp(path + ".mlp");
      tree.tuple(path, hidden);
    }

    private void attention(String path) {
      Dims scores = Dims.of(BATCH, Dim.named("head", config.heads()), POSITION, KEY);
      open(path, "GPT2Attention", hidden);
      conv(path + ".c_attn", hidden, row("qkv", 3 * config.hidden()));
      site(path + ".q", perHead);
      site(path + ".k", perHead);
      site(path + ".v", perHead);
      site(path + ".scores", scores);
      site(path + ".pattern", scores);
      site(path + ".z", perHead);
      conv(path + ".c_proj", hidden, hidden);
      leaf(path + ".resid_dropout", "Dropout", hidden, hidden);
      tree.tuple(path, hidden);
    }

    private void mlp(String path) {
      open(path, "GPT2MLP", hidden);
      conv(path + ".c_fc", hidden, inner);
      leaf(path + ".act", config.activation(), inner, inner);
      conv(path + ".c_proj", inner, hidden);
      leaf(path + ".dropout", "Dropout", hidden, hidden);
      tree.output(path, hidden);
    }

    private void open(String path, String type, Dims input) {
      tree.module(path, type, true).input(path, input, DType.FLOAT32);
    }

    private void leaf(String path, String type, Dims input, Dims output) {
      open(path, type, input);
      tree.output(path, output);
    }

    private void site(String path, Dims dims) {
      tree.innerValue(path, dims);
    }

    private void embedding(String path, int rows) {
      tree.module(path, "Embedding", true).input(path, ids, DType.INT64).output(path, hidden);
      tree.parameter(path + ".weight", rows, config.hidden());
    }

    private void layerNorm(String path) {
      leaf(path, "LayerNorm", hidden, hidden);
      tree.parameter(path + ".weight", config.hidden()).parameter(path + ".bias", config.hidden());
    }

    private void conv(String path, Dims input, Dims output) {
      leaf(path, "Conv1D", input, output);
      long in = input.get(-1).size();
      long out = output.get(-1).size();
      tree.parameter(path + ".weight", in, out).parameter(path + ".bias", out);
    }
  }
}
