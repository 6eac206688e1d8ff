package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.FusedGatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.GatedMlp;
import org.nnsight4j.models.decoder.DecoderSpec.InlineMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Mlp;
import org.nnsight4j.models.decoder.DecoderSpec.PlainMlp;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;

/** The kinds of MLP. */
final class MlpParts {
  private MlpParts() {}

  static Part of(String path, Mlp mlp, Sizes sizes) {
    if (mlp instanceof GatedMlp gated) {
      return new Gated(path, gated, sizes);
    }
    if (mlp instanceof FusedGatedMlp fused) {
      return new FusedGated(path, fused, sizes);
    }
    if (mlp instanceof ExpertsMlp experts) {
      return new ExpertsPart(path, experts, sizes);
    }
    return new Plain(path, (PlainMlp) mlp, sizes);
  }

  /** The modules of an MLP that is not a module itself, in the block at a path. */
  static Part.Composite inline(String path, InlineMlp mlp, Sizes sizes) {
    return new Plain(
        path,
        new PlainMlp("", "", mlp.up(), mlp.activation(), mlp.function(), mlp.down(), null),
        sizes);
  }

  private static Part up(String path, Projection projection, Sizes sizes) {
    return new Leaves.Linear(path, projection, sizes.hidden(), "inner", sizes.inner());
  }

  private static Part down(String path, Projection projection, Sizes sizes) {
    return new Leaves.Linear(path, projection, sizes.inner(), "hidden", sizes.hidden());
  }

  private static final class Plain extends Part.Composite {
    private final Part up;
    private final Part activation;
    private final Part down;
    private final @Nullable Part dropout;

    Plain(String path, PlainMlp spec, Sizes sizes) {
      super(path, spec.type());
      this.up = up(below(spec.up().name()), spec.up(), sizes);
      this.activation = new Leaves.Activation(below(spec.activation()), spec.function());
      this.down = down(below(spec.down().name()), spec.down(), sizes);
      this.dropout = spec.dropout() == null ? null : new Leaves.Dropout(below(spec.dropout()));
    }

    @Override
    <T> T forward(Flow<T> flow, T input) {
      T neurons = flow.call(activation, flow.call(up, input));
      T back = flow.call(down, neurons);
      return dropout == null ? back : flow.call(dropout, back);
    }
  }

  private static final class FusedGated extends Part.Composite {
    private final Part gateAndUp;
    private final Part activation;
    private final Part down;

    FusedGated(String path, FusedGatedMlp spec, Sizes sizes) {
      super(path, spec.type());
      this.gateAndUp =
          new Leaves.Linear(
              below(spec.gateAndUp().name()),
              spec.gateAndUp(),
              sizes.hidden(),
              "gateup",
              2 * sizes.inner());
      this.activation = new Leaves.Activation(below(spec.activation()), spec.function());
      this.down = down(below(spec.down().name()), spec.down(), sizes);
    }

    @Override
    <T> T forward(Flow<T> flow, T input) {
      List<T> both = flow.halved(flow.call(gateAndUp, input), "inner");
      T product = flow.times(both.get(1), flow.call(activation, both.get(0)));
      return flow.call(down, flow.show(below("product"), product));
    }
  }

  private static final class Gated extends Part.Composite {
    private final Part gate;
    private final Part up;
    private final Part activation;
    private final Part down;

    Gated(String path, GatedMlp spec, Sizes sizes) {
      super(path, spec.type());
      this.gate = up(below(spec.gate().name()), spec.gate(), sizes);
      this.up = up(below(spec.up().name()), spec.up(), sizes);
      this.activation = new Leaves.Activation(below(spec.activation()), spec.function());
      this.down = down(below(spec.down().name()), spec.down(), sizes);
    }

    @Override
    <T> T forward(Flow<T> flow, T input) {
      T open = flow.call(activation, flow.call(gate, input));
      T product = flow.times(open, flow.call(up, input));
      return flow.call(down, flow.show(below("product"), product));
    }
  }
}
