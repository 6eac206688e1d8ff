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
  private final @Nullable Part attentionDropout;
  private final @Nullable Part afterAttention;
  private final @Nullable Part mlpNorm;
  private final Part mlp;
  private final @Nullable Part mlpDropout;
  private final @Nullable Part afterMlp;

  BlockPart(String path, Block spec, Sizes sizes, int layer, List<RotaryPart> rotary) {
    super(path, spec.type());
    this.tuple = spec.tuple();
    this.way = spec.sums().way();
    this.attentionNorm = norm(spec.attentionNorm(), sizes);
    this.attention =
        new AttentionPart(below(spec.attention().name()), spec.attention(), sizes, layer, rotary);
    this.attentionDropout = dropout(spec.sums().attentionDropout());
    this.afterAttention = norm(spec.after().attention(), sizes);
    this.mlpNorm = norm(spec.mlpNorm(), sizes);
    this.mlp = MlpParts.of(below(spec.mlp().name()), spec.mlp(), sizes);
    this.mlpDropout = dropout(spec.sums().mlpDropout());
    this.afterMlp = norm(spec.after().mlp(), sizes);
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
              case AT_ONCE, AT_ONCE_NORMS_FIRST -> atOnce(flow, residual);
            });
  }

  private <T> T inTurn(Flow<T> flow, T residual) {
    T attended = attended(flow, maybe(flow, attentionNorm, residual));
    T middle = flow.plus(maybe(flow, afterAttention, attended), residual);
    T processed = processed(flow, maybe(flow, mlpNorm, middle));
    return flow.plus(middle, maybe(flow, afterMlp, processed));
  }

  private <T> T atOnce(Flow<T> flow, T residual) {
    T normed = maybe(flow, attentionNorm, residual);
    T attended;
    T read;
    if (way == Sums.Way.AT_ONCE_NORMS_FIRST) {
      read = normed(flow, mlpNorm, residual, normed);
      attended = attended(flow, normed);
    } else {
      attended = attended(flow, normed);
      read = normed(flow, mlpNorm, residual, normed);
    }
    return flow.plus(flow.plus(processed(flow, read), attended), residual);
  }

  /** What a normalisation makes of the stream; without one, what there is already. */
  private static <T> T normed(Flow<T> flow, @Nullable Part norm, T stream, T otherwise) {
    return norm == null ? otherwise : flow.call(norm, stream);
  }

  private <T> T attended(Flow<T> flow, T normed) {
    return dropped(flow, attentionDropout, flow.call(attention, normed));
  }

  private <T> T processed(Flow<T> flow, T normed) {
    return dropped(flow, mlpDropout, flow.call(mlp, normed));
  }

  private static <T> T dropped(Flow<T> flow, @Nullable Part dropout, T value) {
    return maybe(flow, dropout, value);
  }

  private static <T> T maybe(Flow<T> flow, @Nullable Part part, T input) {
    return part == null ? input : flow.call(part, input);
  }
}
