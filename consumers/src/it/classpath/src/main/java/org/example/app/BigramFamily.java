package org.example.app;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Found as a service: by the module's descriptor, or by META-INF/services. */
public final class BigramFamily implements Family {
  @Override
  public String architecture() {
    return "bigram";
  }

  @Override
  public Blueprint blueprint(ModelConfig config) {
    int vocab = config.integer("vocab_size");
    int width = config.integer("d_model");
    Dim batch = Dim.unknown(Dim.BATCH);
    Dim position = Dim.unknown(Dim.POSITION);
    Dims ids = Dims.of(batch, position);
    Dims hidden = Dims.of(batch, position, Dim.named("hidden", width));
    Dims logits = Dims.of(batch, position, Dim.named("vocab", vocab));
    Blueprint.Builder tree =
        Blueprint.of("bigram")
            .vocabularySize(vocab)
            .maxPositions(config.integer("n_ctx"))
            .width("hidden", width)
            .width("vocab", vocab);
    tree.module("", "Bigram", false).input("", ids, DType.INT64);
    tree.module("embed", "Embedding", true).input("embed", ids, DType.INT64);
    tree.output("embed", hidden).parameter("embed.weight", vocab, width);
    tree.module("unembed", "Linear", true).input("unembed", hidden, DType.FLOAT32);
    tree.output("unembed", logits).parameter("unembed.weight", vocab, width);
    return tree.output("", logits).build();
  }
}
