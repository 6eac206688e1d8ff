package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What goes through a decoder's modules. Their forward pass is written once over it: where shapes
 * flow, the module tree is declared; where tensors flow, they are computed.
 *
 * @param <T> a shape or a tensor
 */
interface Flow<T> {
  /** Runs a module between its input and its output. */
  T call(Part part, T input);

  /** Runs a module that needs more than its input, so that nobody else can call it. */
  T call(Part.Composite part, T input, UnaryOperator<T> forward);

  /** Enters a module that is no single step, such as the whole model. */
  T enter(Part part, T input);

  /** Leaves it. */
  T leave(Part part, T output);

  /** Shows a named value inside of a module. */
  T show(String path, T value);

  /** Shows where the tokens stand; gives their positions. */
  T positionIds(String path, T ids);

  /** Shows which positions are tokens. */
  void attentionMask(String path);

  /** Shows the tables that turn the heads of all blocks. */
  void rotaryTables(RotaryPart part);

  /** All positions of a residual stream, or the last one if nobody wants the logits of others. */
  T wanted(Part head, Part whole, T residual);

  /** Whether nobody needs the rest. */
  boolean done();

  /** Whose intermediate results are freed when it ends. */
  T scoped(Supplier<T> part);

  T plus(T left, T right);

  T times(T left, T right);

  /** A row under the name of another axis of the same width. */
  T named(T row, String axis);

  /** No number larger than a bound, and none smaller than its negative. */
  T clipped(T value, double most);

  /** The first and the second half of a row, each under the name of an axis. */
  List<T> halved(T row, String axis);

  /** {@code cap * tanh(value / cap)}. */
  T capped(T value, double cap);

  /** The heads of a row, {@code [batch, position, head, head_dim]}. */
  T split(AttentionPart part, T row, boolean queries);

  /** Heads, with their positions before or after them. */
  T swapped(T heads);

  /** The heads of queries, keys and values that stand beside each other. */
  List<T> thirds(AttentionPart part, T fused);

  /** The heads of a row: queries, or keys or values. */
  T heads(AttentionPart part, T row, boolean queries);

  /** Experts, and what chooses them; shows what goes in and out of both. */
  T withExperts(ExpertsPart part, T input);

  /** Attention between heads; shows all its inner values. */
  T attended(AttentionPart part, T queries, T keys, T values);

  /** All heads of a position beside each other. */
  T merged(AttentionPart part, T heads);
}
