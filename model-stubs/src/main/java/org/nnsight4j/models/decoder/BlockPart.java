package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.InlineMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;

/** One block: attention and MLP, each added to the residual stream. */
final class BlockPart extends Part.Composite {
  private final boolean tuple;
  private final Sums.Way way;
  private final @Nullable Part attentionNorm;
  private final Part.Composite attention;
  private final @Nullable Part afterAttention;
  private final @Nullable Part attentionDropout;
  private final @Nullable Part mlpNorm;
  private final Part mlp;
  private final boolean inline;
  private final @Nullable Part afterMlp;
  private final @Nullable Part mlpDropout;

  BlockPart(String path, Block spec, Sizes sizes, int layer, List<RotaryPart> rotary) {
    super(path, spec.type());
    this.tuple = spec.tuple();
    this.way = spec.sums().way();
    this.attentionNorm = norm(spec.attentionNorm(), sizes);
    this.attention = attention(spec.attention(), sizes, layer, rotary);
    this.afterAttention = norm(spec.after().attention(), sizes);
    this.attentionDropout = dropout(spec.sums().attentionDropout());
    this.mlpNorm = norm(spec.mlpNorm(), sizes);
    this.inline = spec.mlp() instanceof InlineMlp;
    this.mlp =
        spec.mlp() instanceof InlineMlp modules
            ? MlpParts.inline(path, modules, sizes)
            : MlpParts.of(below(spec.mlp().name()), spec.mlp(), sizes);
    this.afterMlp = norm(spec.after().mlp(), sizes);
    this.mlpDropout = dropout(spec.sums().mlpDropout());
  }

  private Part.Composite attention(
      Attention spec, Sizes sizes, int layer, List<RotaryPart> rotary) {
    Around.Wrapper wrapper = spec.around().wrapper();
    if (wrapper == null) {
      return new AttentionPart(below(spec.name()), spec, sizes, layer, rotary);
    }
    String path = below(wrapper.name());
    return new Wrapped(
        path,
        wrapper.type(),
        new AttentionPart(path + "." + spec.name(), spec, sizes, layer, rotary));
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
              case NORMED -> normed(flow, residual);
              case INSIDE -> inside(flow, residual, false);
              case INSIDE_TO_NORMED -> inside(flow, residual, true);
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

  private <T> T normed(Flow<T> flow, T residual) {
    T middle = maybe(flow, attentionNorm, flow.plus(residual, attended(flow, residual)));
    return maybe(flow, mlpNorm, flow.plus(middle, processed(flow, middle)));
  }

  private <T> T inside(Flow<T> flow, T residual, boolean toNormed) {
    T seen = maybe(flow, attentionNorm, residual);
    T base = toNormed ? seen : residual;
    T middle = flow.call(attention, seen, taken -> flow.plus(base, attention.forward(flow, taken)));
    T read = maybe(flow, mlpNorm, middle);
    T onto = toNormed ? read : middle;
    Part.Composite half = (Part.Composite) mlp;
    return flow.call(half, read, taken -> flow.plus(onto, half.forward(flow, taken)));
  }

  private <T> T attended(Flow<T> flow, T seen) {
    T given = maybe(flow, afterAttention, flow.call(attention, seen));
    return maybe(flow, attentionDropout, given);
  }

  private <T> T processed(Flow<T> flow, T seen) {
    T given = inline ? ((Part.Composite) mlp).forward(flow, seen) : flow.call(mlp, seen);
    return maybe(flow, mlpDropout, maybe(flow, afterMlp, given));
  }

  /** A module that passes on the output of the attention inside it. */
  private static final class Wrapped extends Part.Composite {
    private final Part inside;

    Wrapped(String path, String type, Part inside) {
      super(path, type);
      this.inside = inside;
    }

    @Override
    boolean isTuple() {
      return true;
    }

    @Override
    <T> T forward(Flow<T> flow, T input) {
      return flow.call(inside, input);
    }
  }

  private static <T> T maybe(Flow<T> flow, @Nullable Part part, T input) {
    return part == null ? input : flow.call(part, input);
  }
}
