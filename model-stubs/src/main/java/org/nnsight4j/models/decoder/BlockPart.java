package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;

/** One block: attention and MLP, each added to the residual stream. */
final class BlockPart extends Part.Composite {
  private final boolean tuple;
  private final Sums.Way way;
  private final @Nullable Part attentionNorm;
  private final Part attention;
  private final @Nullable Part afterAttention;
  private final @Nullable Part attentionDropout;
  private final @Nullable Part mlpNorm;
  private final Part mlp;
  private final @Nullable Part afterMlp;
  private final @Nullable Part mlpDropout;

  BlockPart(String path, Block spec, Sizes sizes, int layer, List<RotaryPart> rotary) {
    super(path, spec.type());
    this.tuple = spec.tuple();
    this.way = spec.sums().way();
    this.attentionNorm = norm(spec.attentionNorm(), sizes);
    this.attention =
        new AttentionPart(below(spec.attention().name()), spec.attention(), sizes, layer, rotary);
    this.afterAttention = norm(spec.after().attention(), sizes);
    this.attentionDropout = dropout(spec.sums().attentionDropout());
    this.mlpNorm = norm(spec.mlpNorm(), sizes);
    this.mlp = MlpParts.of(below(spec.mlp().name()), spec.mlp(), sizes);
    this.afterMlp = norm(spec.after().mlp(), sizes);
    this.mlpDropout = dropout(spec.sums().mlpDropout());
  }

  private @Nullable Part norm(@Nullable Norm norm, Sizes sizes) {
    return norm == null ? null : new Leaves.Normalisation(below(norm.name()), norm, sizes.hidden());
  }

  private @Nullable Part dropout(@Nullable String name) {
    return name == null ? null : new Leaves.Dropout(below(name));
  }

  @Override
  boolean isTuple() {
    return tuple;
  }

  @Override
  <T> T forward(Flow<T> flow, T residual) {
    return flow.scoped(
        () ->
            switch (way) {
              case IN_TURN -> inTurn(flow, residual);
              case AT_ONCE -> atOnce(flow, residual, false);
              case AT_ONCE_NORMS_FIRST -> atOnce(flow, residual, true);
            });
  }

  private <T> T inTurn(Flow<T> flow, T residual) {
    T middle = flow.plus(attended(flow, maybe(flow, attentionNorm, residual)), residual);
    return flow.plus(middle, processed(flow, maybe(flow, mlpNorm, middle)));
  }

  private <T> T atOnce(Flow<T> flow, T residual, boolean normsFirst) {
    T seen = maybe(flow, attentionNorm, residual);
    T attended;
    T read;
    if (normsFirst) {
      read = mlpNorm == null ? seen : flow.call(mlpNorm, residual);
      attended = attended(flow, seen);
    } else {
      attended = attended(flow, seen);
      read = mlpNorm == null ? seen : flow.call(mlpNorm, residual);
    }
    return flow.plus(flow.plus(processed(flow, read), attended), residual);
  }

  private <T> T attended(Flow<T> flow, T seen) {
    T given = maybe(flow, afterAttention, flow.call(attention, seen));
    return maybe(flow, attentionDropout, given);
  }

  private <T> T processed(Flow<T> flow, T seen) {
    return maybe(flow, mlpDropout, maybe(flow, afterMlp, flow.call(mlp, seen)));
  }

  private static <T> T maybe(Flow<T> flow, @Nullable Part part, T input) {
    return part == null ? input : flow.call(part, input);
  }
}
