package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;

/** One block: attention and MLP, each added to the residual stream. */
final class BlockPart extends Part.Composite {
  private final boolean tuple;
  private final @Nullable Part attentionNorm;
  private final Part attention;
  private final @Nullable Part afterAttention;
  private final @Nullable Part mlpNorm;
  private final Part mlp;
  private final @Nullable Part afterMlp;

  BlockPart(String path, Block spec, Sizes sizes, int layer, List<RotaryPart> rotary) {
    super(path, spec.type());
    this.tuple = spec.tuple();
    this.attentionNorm = norm(spec.attentionNorm(), sizes);
    this.attention =
        new AttentionPart(below(spec.attention().name()), spec.attention(), sizes, layer, rotary);
    this.afterAttention = norm(spec.after().attention(), sizes);
    this.mlpNorm = norm(spec.mlpNorm(), sizes);
    this.mlp = MlpParts.of(below(spec.mlp().name()), spec.mlp(), sizes);
    this.afterMlp = norm(spec.after().mlp(), sizes);
  }

  private @Nullable Part norm(@Nullable Norm norm, Sizes sizes) {
    return norm == null ? null : new Leaves.Normalisation(below(norm.name()), norm, sizes.hidden());
  }

  @Override
  boolean isTuple() {
    return tuple;
  }

  @Override
  <T> T forward(Flow<T> flow, T residual) {
    return flow.scoped(
        () -> {
          T attended = flow.call(attention, maybe(flow, attentionNorm, residual));
          T middle = flow.plus(maybe(flow, afterAttention, attended), residual);
          T processed = flow.call(mlp, maybe(flow, mlpNorm, middle));
          return flow.plus(middle, maybe(flow, afterMlp, processed));
        });
  }

  private static <T> T maybe(Flow<T> flow, @Nullable Part part, T input) {
    return part == null ? input : flow.call(part, input);
  }
}
