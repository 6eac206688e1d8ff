package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.Block;

/** One block: attention and MLP, each added to the residual stream. */
final class BlockPart extends Part.Composite {
  private final boolean tuple;
  private final Part attentionNorm;
  private final Part attention;
  private final Part mlpNorm;
  private final Part mlp;

  BlockPart(String path, Block spec, Sizes sizes, int layer, @Nullable RotaryPart rotary) {
    super(path, spec.type());
    this.tuple = spec.tuple();
    this.attentionNorm =
        new Leaves.Normalisation(
            below(spec.attentionNorm().name()), spec.attentionNorm(), sizes.hidden());
    this.attention =
        new AttentionPart(below(spec.attention().name()), spec.attention(), sizes, layer, rotary);
    this.mlpNorm =
        new Leaves.Normalisation(below(spec.mlpNorm().name()), spec.mlpNorm(), sizes.hidden());
    this.mlp = MlpParts.of(below(spec.mlp().name()), spec.mlp(), sizes);
  }

  @Override
  boolean isTuple() {
    return tuple;
  }

  @Override
  <T> T forward(Flow<T> flow, T residual) {
    return flow.scoped(
        () -> {
          T attended = flow.call(attention, flow.call(attentionNorm, residual));
          T middle = flow.plus(attended, residual);
          T processed = flow.call(mlp, flow.call(mlpNorm, middle));
          return flow.plus(middle, processed);
        });
  }
}
