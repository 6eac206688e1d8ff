package org.nnsight4j.models.decoder;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Blocks;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;
import org.nnsight4j.models.decoder.Edges.Narrow;

/** The modules of one configuration, and the path from ids to logits through them. */
final class DecoderTree {
  /** The axis of token embeddings where their width may differ from the residual stream's. */
  private static final String NARROW = "embed";

  private final DecoderSpec spec;
  private final Part whole;
  private final Part stack;
  private final Part tokens;
  private final @Nullable Part positions;
  private final @Nullable Part dropout;
  private final List<RotaryPart> rotary;
  private final List<Part> blocks = new ArrayList<>();
  private final @Nullable Part tokenNorm;
  private final @Nullable Part projectIn;
  private final @Nullable Part norm;
  private final @Nullable Part projectOut;
  private final Part head;

  DecoderTree(DecoderSpec spec) {
    this.spec = spec;
    Sizes sizes = spec.sizes();
    Stack inside = spec.stack();
    this.whole = new Part.Place("", spec.type());
    this.stack = new Part.Place(inside.name(), inside.type());
    Edges edges = inside.edges();
    Narrow narrow = edges.narrow();
    int width = narrow == null ? sizes.hidden() : narrow.width();
    this.tokens =
        new Leaves.Embedding(
            stack.below(inside.tokens()),
            sizes.vocabulary(),
            narrow == null ? "hidden" : NARROW,
            width,
            inside.scaled());
    this.positions =
        inside.positions() == null
            ? null
            : new Leaves.Embedding(
                stack.below(inside.positions()), sizes.positions(), sizes.hidden(), edges.places());
    this.tokenNorm = norm(edges.norm(), sizes);
    this.projectIn =
        narrow == null || narrow.in() == null
            ? null
            : new Leaves.Linear(
                stack.below(narrow.in()),
                Projection.linear(narrow.in(), false),
                width,
                "hidden",
                sizes.hidden());
    this.dropout =
        inside.dropout() == null ? null : new Leaves.Dropout(stack.below(inside.dropout()));
    this.rotary =
        inside.rotary().stream()
            .map(each -> new RotaryPart(stack.below(each.name()), each.type(), each.rope()))
            .toList();
    for (int layer = 0; layer < spec.blocks().size(); layer++) {
      String path = stack.below(inside.layers()) + "." + layer;
      blocks.add(new BlockPart(path, spec.blocks().get(layer), sizes, layer, rotary));
    }
    this.norm = norm(inside.norm(), sizes);
    this.projectOut =
        narrow == null || narrow.out() == null
            ? null
            : new Leaves.Linear(
                stack.below(narrow.out()),
                Projection.linear(narrow.out(), false),
                sizes.hidden(),
                NARROW,
                width);
    this.head = new Leaves.Unembedding(spec.head(), sizes, width, tokens.path());
  }

  private @Nullable Part norm(DecoderSpec.@Nullable Norm norm, Sizes sizes) {
    return norm == null
        ? null
        : new Leaves.Normalisation(stack.below(norm.name()), norm, sizes.hidden());
  }

  DecoderSpec spec() {
    return spec;
  }

  /** The path of the keyword input with the positions of tokens. */
  String positionIds() {
    return stack.below("position_ids");
  }

  /** The path of the keyword input that says which positions are tokens. */
  String attentionMask() {
    return stack.below("attention_mask");
  }

  /** The forward pass; null if nothing needs the rest. */
  <T> @Nullable T forward(Flow<T> flow, T input) {
    T residual = begin(flow, input);
    int layer = 0;
    while (layer < blocks.size()) {
      if (flow.done()) {
        return null;
      }
      Blocks.Stretch stretch = flow.stretch(layer);
      if (stretch == null) {
        residual = block(flow, layer, residual);
        layer++;
      } else {
        residual = flow.through(stretch, residual);
        layer += stretch.count();
      }
    }
    return end(flow, residual);
  }

  /** The paths of the blocks. */
  List<String> blockPaths() {
    return blocks.stream().map(Part::path).toList();
  }

  /** What the first block reads. */
  <T> T begin(Flow<T> flow, T input) {
    T ids = flow.enter(stack, flow.enter(whole, input));
    T places = knowsPositions() ? flow.positionIds(positionIds(), ids) : ids;
    flow.attentionMask(attentionMask());
    T residual = embedded(flow, ids, places);
    rotary.forEach(flow::rotaryTables);
    return residual;
  }

  <T> T block(Flow<T> flow, int layer, T residual) {
    return flow.call(blocks.get(layer), residual);
  }

  /** Logits from what the last block gives; null if nothing needs them. */
  <T> @Nullable T end(Flow<T> flow, T residual) {
    if (flow.done()) {
      return null;
    }
    T normed = flow.leave(stack, last(flow, residual));
    if (flow.done()) {
      return null;
    }
    T logits = flow.call(head, flow.wanted(head, whole, normed));
    Double cap = spec.head().cap();
    return flow.leave(whole, cap == null ? logits : flow.capped(logits, cap));
  }

  private <T> T embedded(Flow<T> flow, T ids, T places) {
    T residual = flow.call(tokens, ids);
    T standing = positions == null ? null : flow.call(positions, places);
    if (spec.stack().edges().narrow() != null) {
      residual =
          projectIn == null ? flow.named(residual, "hidden") : flow.call(projectIn, residual);
    }
    residual = tokenNorm == null ? residual : flow.call(tokenNorm, residual);
    residual = standing == null ? residual : flow.plus(residual, standing);
    return dropout == null ? residual : flow.call(dropout, residual);
  }

  /** The input of the unembedding. */
  private <T> T last(Flow<T> flow, T residual) {
    T normed = norm == null ? residual : flow.call(norm, residual);
    if (spec.stack().edges().narrow() == null) {
      return normed;
    }
    return projectOut == null ? flow.named(normed, NARROW) : flow.call(projectOut, normed);
  }

  /** Whether anything uses the positions of tokens. */
  boolean knowsPositions() {
    return positions != null || !rotary.isEmpty();
  }
}
