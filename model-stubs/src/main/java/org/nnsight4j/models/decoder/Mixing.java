package org.nnsight4j.models.decoder;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How attention differs from weighting all earlier positions by the softmax of their scores.
 *
 * @param window how many keys a query sees, the newest of them its own; null for all
 * @param cap the bound in {@code cap * tanh(score / cap)}; null for none
 * @param sinks the parameter with one extra score for each head, which takes weight and adds
 *     nothing; null for none
 * @param tables the module with the rotary tables of this layer; null for the stack's only one
 * @param biases the biases for the positions of keys; null for none
 */
public record Mixing(
    @Nullable Integer window,
    @Nullable Double cap,
    @Nullable String sinks,
    @Nullable String tables,
    @Nullable Biases biases) {
  /** No difference. */
  public static final Mixing PLAIN = new Mixing(null, null, null, null);

  /** Without biases by position. */
  public Mixing(
      @Nullable Integer window,
      @Nullable Double cap,
      @Nullable String sinks,
      @Nullable String tables) {
    this(window, cap, sinks, tables, null);
  }

  /** Only biases by position. */
  public static Mixing biased(Biases biases) {
    return new Mixing(null, null, null, null, biases);
  }

  /** Only a window, or none. */
  public static Mixing within(@Nullable Integer window) {
    return new Mixing(window, null, null, null);
  }

  /** Only a window, or none. */
  public static Mixing within(OptionalInt window) {
    return within(window.isPresent() ? (Integer) window.getAsInt() : null);
  }

  /** A cap, if there is one. */
  public static @Nullable Double orNull(OptionalDouble cap) {
    return cap.isPresent() ? (Double) cap.getAsDouble() : null;
  }
}
