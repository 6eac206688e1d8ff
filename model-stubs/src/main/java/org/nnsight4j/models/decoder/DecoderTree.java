package org.nnsight4j.models.decoder;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.models.decoder.DecoderSpec.Stack;

/** The modules of one configuration, and the way from ids to logits through them. */
final class DecoderTree {
  private final DecoderSpec spec;
  private final Part whole;
  private final Part stack;
  private final Part tokens;
  private final @Nullable Part positions;
  private final @Nullable Part dropout;
  private final List<RotaryPart> rotary;
  private final List<Part> blocks = new ArrayList<>();
  private final Part norm;
  private final Part head;

  DecoderTree(DecoderSpec spec) {
    this.spec = spec;
    Sizes sizes = spec.sizes();
    Stack inside = spec.stack();
    this.whole = new Part.Place("", spec.type());
    this.stack = new Part.Place(inside.name(), inside.type());
    this.tokens =
        new Leaves.Embedding(
            stack.below(inside.tokens()), sizes.vocabulary(), sizes.hidden(), inside.scaled());
    this.positions =
        inside.positions() == null
            ? null
            : new Leaves.Embedding(
                stack.below(inside.positions()), sizes.positions(), sizes.hidden());
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
    this.norm =
        new Leaves.Normalisation(stack.below(inside.norm().name()), inside.norm(), sizes.hidden());
    this.head =
        new Leaves.Unembedding(spec.head().name(), sizes, spec.head().tied(), tokens.path());
  }

  DecoderSpec spec() {
    return spec;
  }

  /** The path of the keyword input that says where tokens stand. */
  String positionIds() {
    return stack.below("position_ids");
  }

  /** The path of the keyword input that says which positions are tokens. */
  String attentionMask() {
    return stack.below("attention_mask");
  }

  /** The forward pass; null where the rest is of no interest to anybody. */
  <T> @Nullable T forward(Flow<T> flow, T input) {
    T ids = flow.enter(stack, flow.enter(whole, input));
    T places = flow.positionIds(positionIds(), ids);
    flow.attentionMask(attentionMask());
    T residual = embedded(flow, ids, places);
    rotary.forEach(flow::rotaryTables);
    for (Part block : blocks) {
      if (flow.done()) {
        return null;
      }
      residual = flow.call(block, residual);
    }
    if (flow.done()) {
      return null;
    }
    T normed = flow.leave(stack, flow.call(norm, residual));
    if (flow.done()) {
      return null;
    }
    T logits = flow.call(head, flow.wanted(head, whole, normed));
    Double cap = spec.head().cap();
    return flow.leave(whole, cap == null ? logits : flow.capped(logits, cap));
  }

  private <T> T embedded(Flow<T> flow, T ids, T places) {
    T residual = flow.call(tokens, ids);
    if (positions != null) {
      residual = flow.plus(residual, flow.call(positions, places));
    }
    return dropout == null ? residual : flow.call(dropout, residual);
  }
}
