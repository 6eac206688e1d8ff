package org.nnsight4j.models.bert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.Attention;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** The modules of one configuration, in the order of the forward pass. */
final class BertTree {
  private static final Dim BATCH = Dim.unknown(Dim.BATCH);
  private static final Dim POSITION = Dim.unknown(Dim.POSITION);

  private final BertConfig config;
  private final Dims ids = Dims.of(BATCH, POSITION);
  private final Dims hidden;
  private final Dims inner;
  private final Dims logits;
  private final Blueprint.Builder tree = Blueprint.of("bert");
  private final List<String> norms = new ArrayList<>();

  BertTree(BertConfig config) {
    this.config = config;
    this.hidden = row("hidden", config.hidden());
    this.inner = row("inner", config.inner());
    this.logits = row("vocab", config.vocabulary());
  }

  private static Dims row(String axis, int width) {
    return Dims.of(BATCH, POSITION, Dim.named(axis, width));
  }

  Blueprint blueprint() {
    tree.kind(ModelKind.ENCODER)
        .vocabularySize(config.vocabulary())
        .maxPositions(config.positions())
        .tokenTypes(config.types())
        .count("num_hidden_layers", config.layers())
        .width("hidden", config.hidden())
        .width("inner", config.inner())
        .width("headdim", config.headDim())
        .width("vocab", config.vocabulary());
    tree.module("", "BertForMaskedLM", false).input("", ids, DType.INT64);
    tree.module("bert", "BertModel", false).input("bert", ids, DType.INT64);
    tree.keywordInput("bert.token_type_ids", ids, DType.INT64)
        .keywordInput("bert.position_ids", ids, DType.INT64)
        .keywordInput("bert.attention_mask", Dims.of(BATCH, Dim.unknown(Dim.KEY)), DType.INT64);
    embeddings();
    enter("bert.encoder", "BertEncoder", false);
    for (int layer = 0; layer < config.layers(); layer++) {
      layer("bert.encoder.layer." + layer);
    }
    tree.output("bert.encoder", hidden).output("bert", hidden);
    head();
    tree.output("", logits);
    ignored();
    return tree.storedNames(names()).build();
  }

  private void embeddings() {
    String path = "bert.embeddings";
    tree.module(path, "BertEmbeddings", false).input(path, ids, DType.INT64);
    embedding(path + ".word_embeddings", config.vocabulary());
    embedding(path + ".token_type_embeddings", config.types());
    embedding(path + ".position_embeddings", config.positions());
    norm(path + ".LayerNorm");
    same(path + ".dropout", "Dropout", hidden);
    tree.output(path, hidden);
  }

  private void layer(String path) {
    enter(path, "BertLayer", true);
    String attention = path + ".attention";
    enter(attention, "BertAttention", true);
    String self = attention + ".self";
    enter(self, "BertSelfAttention", true);
    for (String name : List.of("query", "key", "value")) {
      linear(self + "." + name, hidden, hidden);
    }
    Dims heads =
        Dims.of(
            BATCH,
            Dim.named("head", config.heads()),
            POSITION,
            Dim.named("headdim", config.headDim()));
    Attention.declare(tree, self, heads, heads, false);
    tree.tuple(self, hidden);
    sum(attention + ".output", "BertSelfOutput", hidden);
    tree.tuple(attention, hidden);
    String intermediate = path + ".intermediate";
    enter(intermediate, "BertIntermediate", true);
    linear(intermediate + ".dense", hidden, inner);
    same(intermediate + ".intermediate_act_fn", config.activation(), inner);
    tree.output(intermediate, inner);
    sum(path + ".output", "BertOutput", inner);
    tree.output(path, hidden);
  }

  /** The end of a half of a layer. It also needs the stream, so it cannot be called elsewhere. */
  private void sum(String path, String type, Dims input) {
    tree.module(path, type, false).input(path, input, DType.FLOAT32);
    linear(path + ".dense", input, hidden);
    same(path + ".dropout", "Dropout", hidden);
    norm(path + ".LayerNorm");
    tree.output(path, hidden);
  }

  private void head() {
    enter("cls", "BertOnlyMLMHead", true);
    String predictions = "cls.predictions";
    enter(predictions, "BertLMPredictionHead", true);
    String transform = predictions + ".transform";
    enter(transform, "BertPredictionHeadTransform", true);
    linear(transform + ".dense", hidden, hidden);
    same(transform + ".transform_act_fn", config.activation(), hidden);
    norm(transform + ".LayerNorm");
    tree.output(transform, hidden);
    String decoder = predictions + ".decoder";
    tree.module(decoder, "Linear", true)
        .input(decoder, hidden, DType.FLOAT32)
        .output(decoder, logits);
    if (config.tied()) {
      tree.tie(decoder + ".weight", "bert.embeddings.word_embeddings.weight")
          .parameter(predictions + ".bias", config.vocabulary())
          .tie(decoder + ".bias", predictions + ".bias");
    } else {
      tree.parameter(decoder + ".weight", config.vocabulary(), config.hidden())
          .parameter(decoder + ".bias", config.vocabulary());
    }
    tree.output(predictions, logits).output("cls", logits);
  }

  private void enter(String path, String type, boolean callable) {
    tree.module(path, type, callable).input(path, hidden, DType.FLOAT32);
  }

  private void same(String path, String type, Dims shape) {
    tree.module(path, type, true).input(path, shape, DType.FLOAT32).output(path, shape);
  }

  private void embedding(String path, int rows) {
    tree.module(path, "Embedding", true)
        .input(path, ids, DType.INT64)
        .output(path, hidden)
        .parameter(path + ".weight", rows, config.hidden());
  }

  private void linear(String path, Dims from, Dims to) {
    tree.module(path, "Linear", true)
        .input(path, from, DType.FLOAT32)
        .output(path, to)
        .parameter(path + ".weight", to.get(-1).size(), from.get(-1).size())
        .parameter(path + ".bias", to.get(-1).size());
  }

  private void norm(String path) {
    norms.add(path);
    same(path, "LayerNorm", hidden);
    tree.parameter(path + ".weight", config.hidden()).parameter(path + ".bias", config.hidden());
  }

  /** The oldest files have TensorFlow's names for the weights of normalisations. */
  private StoredNames names() {
    Map<String, List<String>> older = new HashMap<>();
    for (String norm : norms) {
      older.put(norm + ".weight", List.of(norm + ".gamma"));
      older.put(norm + ".bias", List.of(norm + ".beta"));
    }
    return new StoredNames(Map.of(), older);
  }

  /** Ignores weights of other training tasks, buffers of older versions, and an unused bias. */
  private void ignored() {
    tree.ignore("bert\\.pooler\\..*")
        .ignore("cls\\.seq_relationship\\..*")
        .ignore("bert\\.embeddings\\.(position_ids|token_type_ids)");
    if (!config.tied()) {
      tree.ignore("cls\\.predictions\\.bias");
    }
  }
}
