package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Beside;
import org.nnsight4j.models.decoder.DecoderSpec.Each;
import org.nnsight4j.models.decoder.DecoderSpec.Fused;
import org.nnsight4j.models.decoder.DecoderSpec.Grouped;
import org.nnsight4j.models.decoder.DecoderSpec.Separate;

/** Attention: projections to heads, the attention between them, and a projection back. */
final class AttentionPart extends Part.Composite {
  private final Attention spec;
  private final Sizes sizes;
  private final int layer;
  private final @Nullable RotaryPart rotary;
  private final List<Part> inputs;
  private final @Nullable Part queryNorm;
  private final @Nullable Part keyNorm;
  private final Part output;
  private final @Nullable Part dropout;

  AttentionPart(String path, Attention spec, Sizes sizes, int layer, List<RotaryPart> rotary) {
    super(path, spec.type());
    this.spec = spec;
    this.sizes = sizes;
    this.layer = layer;
    this.rotary = spec.rotates() ? tables(rotary) : null;
    this.inputs = inputs();
    HeadNorms norms = spec.norms();
    this.queryNorm = norms == null ? null : norm(norms.query(), norms.over(), sizes.queries());
    this.keyNorm = norms == null ? null : norm(norms.key(), norms.over(), sizes.keyValues());
    this.output =
        new Leaves.Linear(
            below(spec.output().name()), spec.output(), sizes.queries(), "hidden", sizes.hidden());
    this.dropout = spec.dropout() == null ? null : new Leaves.Dropout(below(spec.dropout()));
  }

  private RotaryPart tables(List<RotaryPart> all) {
    String name = spec.mixing().tables();
    return all.stream()
        .filter(each -> name == null || each.path().endsWith("." + name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(path() + " has no tables to turn by"));
  }

  private Part norm(DecoderSpec.Norm norm, HeadNorms.Over over, int width) {
    return new Leaves.Normalisation(
        below(norm.name()), norm, over == HeadNorms.Over.ALL ? width : sizes.headDim());
  }

  private List<Part> inputs() {
    int width = sizes.queries() + 2 * sizes.keyValues();
    if (spec.inputs() instanceof Fused fused) {
      return List.of(input(fused.all(), "qkv", width));
    }
    if (spec.inputs() instanceof Grouped grouped) {
      return List.of(input(grouped.all(), "qkv", width));
    }
    if (spec.inputs() instanceof Beside beside) {
      return List.of(input(beside.all(), "qkv", width));
    }
    if (spec.inputs() instanceof Each each) {
      return List.of(
          input(each.query(), "hidden", sizes.queries()),
          input(each.key(), "hidden", sizes.queries()),
          input(each.value(), "hidden", sizes.queries()));
    }
    Separate each = (Separate) spec.inputs();
    return List.of(
        input(each.query(), "queries", sizes.queries()),
        input(each.key(), "keyvalues", sizes.keyValues()),
        input(each.value(), "keyvalues", sizes.keyValues()));
  }

  private Part input(DecoderSpec.Projection projection, String axis, int width) {
    return new Leaves.Linear(below(projection.name()), projection, sizes.hidden(), axis, width);
  }

  /** Its index in the cache. */
  int layer() {
    return layer;
  }

  Sizes sizes() {
    return sizes;
  }

  double scale() {
    return spec.scale();
  }

  /** Windows, caps and sinks. */
  Mixing mixing() {
    return spec.mixing();
  }

  @Override
  void parameters(Blueprint.Builder tree) {
    String sinks = mixing().sinks();
    if (sinks != null) {
      tree.parameter(below(sinks), sizes.heads());
    }
  }

  /** The rotary positions, or null. */
  @Nullable RotaryPart rotary() {
    return rotary;
  }

  /** Whether keys and values can have fewer heads than queries. */
  boolean sharesKeys() {
    return spec.inputs() instanceof Separate
        || spec.inputs() instanceof Beside
        || (spec.inputs() instanceof Grouped grouped && grouped.shared());
  }

  /** The kernel that splits the fused projection. */
  String splitting() {
    if (spec.inputs() instanceof Grouped) {
      return "split_groups";
    }
    return spec.inputs() instanceof Beside ? "split_beside" : "split_heads";
  }

  @Override
  boolean isTuple() {
    return true;
  }

  @Override
  <T> T forward(Flow<T> flow, T input) {
    List<T> heads = inputs.size() == 1 ? fused(flow, input) : separate(flow, input);
    T mixed = flow.attended(this, heads.get(0), heads.get(1), heads.get(2));
    T back = flow.call(output, flow.merged(this, mixed));
    return dropout == null ? back : flow.call(dropout, back);
  }

  private <T> List<T> fused(Flow<T> flow, T input) {
    return flow.thirds(this, projected(flow, 0, input));
  }

  private <T> T projected(Flow<T> flow, int which, T input) {
    T made = flow.call(inputs.get(which), input);
    Double clip = spec.around().clip();
    return clip == null ? made : flow.clipped(made, clip);
  }

  private <T> List<T> separate(Flow<T> flow, T input) {
    T queries = heads(flow, projected(flow, 0, input), true);
    T keys = heads(flow, projected(flow, 1, input), false);
    T values = flow.heads(this, projected(flow, 2, input), false);
    HeadNorms norms = spec.norms();
    if (norms != null && norms.over() == HeadNorms.Over.EACH) {
      queries = flow.call(Objects.requireNonNull(queryNorm), queries);
      keys = flow.call(Objects.requireNonNull(keyNorm), keys);
    }
    return List.of(queries, keys, values);
  }

  /** The heads of queries or keys; normalised, if that happens before the next projection. */
  private <T> T heads(Flow<T> flow, T row, boolean queries) {
    Part norm = queries ? queryNorm : keyNorm;
    HeadNorms norms = spec.norms();
    if (norm == null || norms == null) {
      return flow.heads(this, row, queries);
    }
    return switch (norms.over()) {
      case ALL -> flow.heads(this, flow.call(norm, row), queries);
      case EACH_AT_POSITION -> flow.swapped(flow.call(norm, flow.split(this, row, queries)));
      case EACH -> flow.heads(this, row, queries);
    };
  }
}
