package org.nnsight4j.attach;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderAttention;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.values.Value;

/**
 * The place of an autoencoder in one model. A model gives heads as {@code [batch, head, position,
 * head_dim]}; here they are side by side, as in SAELens, or one head is selected.
 */
@NotUserCode
final class AutoencoderPlace {
  private static final Pattern HEADS =
      Pattern.compile("blocks\\.(\\d{1,6})\\.attn\\.hook_([qkvz])");

  private final Decoder view;
  private final String hook;
  private final @Nullable Integer head;
  private final long width;

  private AutoencoderPlace(Decoder view, String hook, @Nullable Integer head, long width) {
    this.view = view;
    this.hook = hook;
    this.head = head;
    this.width = width;
  }

  /**
   * The first name that the model has. If it has none, the last name is tried, and its error says
   * why.
   *
   * @param head the only head; null if all heads are meant
   * @param width the width of the values there
   */
  static AutoencoderPlace of(Decoder view, List<String> names, @Nullable Integer head, long width) {
    String found =
        names.stream().filter(view::hasHook).findFirst().orElse(names.get(names.size() - 1));
    return new AutoencoderPlace(view, found, head, width);
  }

  Value<Axis> read() {
    Value<Axis> value = view.hook(hook);
    DecoderAttention attention = attention();
    if (attention == null) {
      Dim last = value.shape().get(value.shape().rank() - 1);
      if (last.isKnown() && last.size() != width) {
        throw view.fail(
            "the autoencoder reads vectors of %s numbers, %s has %s; it is of another model or place"
                .formatted(width, hook, last.size()));
      }
      return value;
    }
    return isOneHead(attention) ? value.get(oneHead()) : value.swapAxes(1, 2).flatten(2, 3);
  }

  void write(Value<Axis> values) {
    Value<Axis> there = view.hook(hook);
    DecoderAttention attention = attention();
    if (attention == null) {
      there.set(values);
    } else if (isOneHead(attention)) {
      there.get(oneHead()).set(values);
    } else {
      there.set(values.unflatten(2, -1, attention.headDim()).swapAxes(1, 2));
    }
  }

  private @Nullable DecoderAttention attention() {
    Matcher matcher = HEADS.matcher(hook);
    return matcher.matches() ? view.layer(Integer.parseInt(matcher.group(1))).attention() : null;
  }

  /**
   * Whether it is for one head. Some files name a head although their weights are for all heads, so
   * the width decides.
   */
  private boolean isOneHead(DecoderAttention attention) {
    return head != null && width == attention.headDim();
  }

  private Slice[] oneHead() {
    return new Slice[] {Slice.all(), Slice.at(head == null ? 0 : head)};
  }
}
