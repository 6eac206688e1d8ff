package org.nnsight4j.models.decoder;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Block;
import org.nnsight4j.models.decoder.DecoderSpec.FusedGatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.GatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.InlineMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Mlp;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.DecoderSpec.Sums;

/** Where a configuration has the places that all decoders share. */
final class CommonPlaces {
  private final DecoderSpec spec;
  private final String stack;

  private CommonPlaces(DecoderSpec spec) {
    this.spec = spec;
    this.stack = spec.stack().name() + ".";
  }

  static DecoderPlaces of(DecoderSpec spec) {
    return new CommonPlaces(spec).places();
  }

  private DecoderPlaces places() {
    Stack inside = spec.stack();
    List<DecoderPlaces.Layer> layers = new ArrayList<>();
    for (int i = 0; i < spec.blocks().size(); i++) {
      layers.add(layer(stack + inside.layers() + "." + i, spec.blocks().get(i)));
    }
    return new DecoderPlaces(
        stack + inside.tokens(),
        inside.positions() == null ? null : stack + inside.positions(),
        SiteKey.output(stack + embeddings(inside)),
        layers,
        last(inside),
        spec.head().name(),
        spec.head().cap());
  }

  /** The last module before positions are added. */
  private static String embeddings(Stack inside) {
    Norm norm = inside.edges().norm();
    Edges.Narrow narrow = inside.edges().narrow();
    if (norm != null) {
      return norm.name();
    }
    String in = narrow == null ? null : narrow.in();
    return in == null ? inside.tokens() : in;
  }

  private List<String> last(Stack inside) {
    List<String> modules = new ArrayList<>();
    Norm norm = inside.norm();
    if (norm != null) {
      modules.add(stack + norm.name());
    }
    Edges.Narrow narrow = inside.edges().narrow();
    String out = narrow == null ? null : narrow.out();
    if (out != null) {
      modules.add(stack + out);
    }
    return modules;
  }

  private DecoderPlaces.Layer layer(String path, Block block) {
    Attention attention = block.attention();
    Around.Wrapper wrapper = attention.around().wrapper();
    String outer = path + "." + (wrapper == null ? attention.name() : wrapper.name());
    String inner = wrapper == null ? outer : outer + "." + attention.name();
    SiteKey attended =
        contribution(path, outer, block.after().attention(), block.sums().attentionDropout());
    DecoderPlaces.Mlp mlp = mlp(path, block.mlp());
    String given =
        block.mlp() instanceof InlineMlp inline
            ? path + "." + inline.down().name()
            : path + "." + block.mlp().name();
    return new DecoderPlaces.Layer(
        path,
        sums(block.sums().way()),
        attention(inner, attention),
        attended,
        contribution(path, given, block.after().mlp(), block.sums().mlpDropout()),
        middle(path, outer, block),
        mlp);
  }

  private static DecoderPlaces.Sums sums(Sums.Way way) {
    return switch (way) {
      case IN_TURN -> DecoderPlaces.Sums.IN_TURN;
      case AT_ONCE, AT_ONCE_NORMS_FIRST -> DecoderPlaces.Sums.AT_ONCE;
      case INSIDE -> DecoderPlaces.Sums.INSIDE;
      // The halves add to something other than the incoming stream.
      case NORMED, INSIDE_TO_NORMED -> DecoderPlaces.Sums.NORMED;
    };
  }

  /** The last of the modules that a half goes through before it is added. */
  private static SiteKey contribution(
      String path, String module, @Nullable Norm after, @Nullable String dropout) {
    if (dropout != null) {
      return SiteKey.output(path + "." + dropout);
    }
    return SiteKey.output(after == null ? module : path + "." + after.name());
  }

  /** The stream between the halves, if a module outputs it. */
  private static @Nullable SiteKey middle(String path, String attention, Block block) {
    Norm norm = block.attentionNorm();
    return switch (block.sums().way()) {
      case INSIDE, INSIDE_TO_NORMED -> SiteKey.output(attention);
      case NORMED -> norm == null ? null : SiteKey.output(path + "." + norm.name());
      case IN_TURN, AT_ONCE, AT_ONCE_NORMS_FIRST -> null;
    };
  }

  private DecoderPlaces.Attention attention(String path, Attention attention) {
    Sizes sizes = spec.sizes();
    Mixing mixing = attention.mixing();
    return new DecoderPlaces.Attention(
        path,
        path + "." + attention.output().name(),
        sizes.heads(),
        sizes.kvHeads(),
        sizes.headDim(),
        attention.rotates(),
        mixing.window(),
        mixing.sinks() != null);
  }

  private static DecoderPlaces.@Nullable Mlp mlp(String path, Mlp mlp) {
    String module = path + "." + mlp.name();
    if (mlp instanceof PlainMlp plain) {
      return plain(module, SiteKey.input(module), plain.activation(), plain.down());
    } else if (mlp instanceof InlineMlp inline) {
      SiteKey input = SiteKey.input(path + "." + inline.up().name());
      return plain(path, input, inline.activation(), inline.down());
    } else if (mlp instanceof GatedMlp gated) {
      return gated(module, gated.activation(), gated.down());
    } else if (mlp instanceof FusedGatedMlp fused) {
      return gated(module, fused.activation(), fused.down());
    }
    return null;
  }

  private static DecoderPlaces.Mlp plain(
      String module, SiteKey input, String activation, Projection down) {
    String function = module + "." + activation;
    return new DecoderPlaces.Mlp(
        input,
        SiteKey.input(function),
        SiteKey.output(function),
        SiteKey.output(module + "." + down.name()));
  }

  private static DecoderPlaces.Mlp gated(String module, String activation, Projection down) {
    return new DecoderPlaces.Mlp(
        SiteKey.input(module),
        SiteKey.input(module + "." + activation),
        SiteKey.output(module + ".product"),
        SiteKey.output(module + "." + down.name()));
  }
}
