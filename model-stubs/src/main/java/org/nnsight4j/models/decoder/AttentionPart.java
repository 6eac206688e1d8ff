package org.nnsight4j.models.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.Attention;
import org.nnsight4j.models.decoder.DecoderSpec.Fused;
import org.nnsight4j.models.decoder.DecoderSpec.Grouped;
import org.nnsight4j.models.decoder.DecoderSpec.Separate;

/** Attention: projections to heads, what happens between them, and a projection back. */
final class AttentionPart extends Part.Composite {
  private final Attention spec;
  private final Sizes sizes;
  private final int layer;
  private final @Nullable RotaryPart rotary;
  private final List<Part> inputs;
  private final Part output;
  private final @Nullable Part dropout;

  AttentionPart(String path, Attention spec, Sizes sizes, int layer, @Nullable RotaryPart rotary) {
    super(path, spec.type());
    this.spec = spec;
    this.sizes = sizes;
    this.layer = layer;
    this.rotary = spec.rotates() ? rotary : null;
    this.inputs = inputs();
    this.output =
        new Leaves.Linear(
            below(spec.output().name()), spec.output(), sizes.queries(), "hidden", sizes.hidden());
    this.dropout = spec.dropout() == null ? null : new Leaves.Dropout(below(spec.dropout()));
  }

  private List<Part> inputs() {
    int width = sizes.queries() + 2 * sizes.keyValues();
    if (spec.inputs() instanceof Fused fused) {
      return List.of(input(fused.all(), "qkv", width));
    }
    if (spec.inputs() instanceof Grouped grouped) {
      return List.of(input(grouped.all(), "qkv", width));
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

  /** Its number in the cache. */
  int layer() {
    return layer;
  }

  Sizes sizes() {
    return sizes;
  }

  double scale() {
    return spec.scale();
  }

  /** What turns queries and keys, or null. */
  @Nullable RotaryPart rotary() {
    return rotary;
  }

  /** Whether keys and values can have fewer heads than queries. */
  boolean sharesKeys() {
    return spec.inputs() instanceof Separate
        || (spec.inputs() instanceof Grouped grouped && grouped.shared());
  }

  /** Whether one projection has queries, keys and values of each group beside each other. */
  boolean isGrouped() {
    return spec.inputs() instanceof Grouped;
  }

  @Override
  boolean isTuple() {
    return true;
  }

  @Override
  <T> T forward(Flow<T> flow, T input) {
    List<T> made = inputs.stream().map(each -> flow.call(each, input)).toList();
    List<T> heads =
        made.size() == 1
            ? flow.thirds(this, made.get(0))
            : List.of(
                flow.heads(this, made.get(0), true),
                flow.heads(this, made.get(1), false),
                flow.heads(this, made.get(2), false));
    T mixed = flow.attended(this, heads.get(0), heads.get(1), heads.get(2));
    T back = flow.call(output, flow.merged(this, mixed));
    return dropout == null ? back : flow.call(dropout, back);
  }
}
