package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Blocks;

/**
 * What flows through a decoder's modules. Their forward pass is written once over it: a flow of
 * shapes declares the module tree, a flow of tensors computes.
 *
 * @param <T> a shape or a tensor
 */
interface Flow<T> {
  /** Runs a module between its input and its output. */
  T call(Part part, T input);

  /** Runs a module that needs more than its input, so that users cannot call it. */
  T call(Part.Composite part, T input, UnaryOperator<T> forward);

  /** Enters a module that is not a single step, such as the whole model. */
  T enter(Part part, T input);

  /** Leaves it. */
  T leave(Part part, T output);

  /** Shows a named value inside a module. */
  T show(String path, T value);

  /** Shows the positions of the tokens; returns them. */
  T positionIds(String path, T ids);

  /** Shows which positions are tokens. */
  void attentionMask(String path);

  /** Shows the rotary tables of all blocks. */
  void rotaryTables(RotaryPart part);

  /** All positions of a residual stream, or only the last one if no other logits are needed. */
  T wanted(Part head, Part whole, T residual);

  /** The blocks from one on that run as one kernel; null if the next runs in steps. */
  default Blocks.@Nullable Stretch stretch(int layer) {
    return null;
  }

  /** Runs such blocks. */
  default T through(Blocks.Stretch stretch, T residual) {
    throw new IllegalStateException("there is no kernel in this flow");
  }

  /** Whether nothing needs the rest. */
  boolean done();

  /** Runs a part whose intermediate results are freed when it ends. */
  T scoped(Supplier<T> part);

  T plus(T left, T right);

  T times(T left, T right);

  /** A row under the name of another axis of the same width. */
  T named(T row, String axis);

  /** Limits the magnitude of each number to a bound. */
  T clipped(T value, double most);

  /** The first and the second half of a row, each under the name of an axis. */
  List<T> halved(T row, String axis);

  /** {@code cap * tanh(value / cap)}. */
  T capped(T value, double cap);

  /** The heads of a row, {@code [batch, position, head, head_dim]}. */
  T split(AttentionPart part, T row, boolean queries);

  /** Swaps the axes of heads and positions. */
  T swapped(T heads);

  /** Splits concatenated queries, keys and values into heads. */
  List<T> thirds(AttentionPart part, T fused);

  /** The heads of a row: queries, or keys or values. */
  T heads(AttentionPart part, T row, boolean queries);

  /** Runs router and experts, and shows the inputs and outputs of both. */
  T withExperts(ExpertsPart part, T input);

  /** Runs attention between heads, and shows all its inner values. */
  T attended(AttentionPart part, T queries, T keys, T values);

  /** Concatenates all heads of a position. */
  T merged(AttentionPart part, T heads);
}
