package org.nnsight4j.tensor;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The length of one axis.
 *
 * @param size the length, or {@link #UNKNOWN} until the run
 * @param name what the axis means, for example {@code position}; null after an operation that loses
 *     it
 * @param most an upper bound for all runs: the length, or a bound for an unknown one. Only the
 *     computation of costs uses it: axes that differ in nothing else are equal
 */
public record Dim(long size, @Nullable String name, long most) {
  public static final long UNKNOWN = -1;

  /** The bound of a length about which nothing is known. */
  public static final long ENDLESS = Long.MAX_VALUE;

  public static final String BATCH = "batch";
  public static final String POSITION = "position";
  public static final String KEY = "key";

  /** The positions of all rows in one axis, as routers and experts see them. */
  public static final String TOKEN = "token";

  public Dim(long size, @Nullable String name) {
    this(size, name, size == UNKNOWN ? ENDLESS : size);
  }

  public static Dim of(long size) {
    return new Dim(size, null);
  }

  /** A length that is not known until the run, and is at most this. */
  public static Dim upTo(long most) {
    return new Dim(UNKNOWN, null, most);
  }

  public static Dim named(String name, long size) {
    return new Dim(size, name);
  }

  public static Dim unknown(String name) {
    return new Dim(UNKNOWN, name);
  }

  public boolean isKnown() {
    return size != UNKNOWN;
  }

  /** Whether the length depends on the inputs, and not on the architecture. */
  public boolean isOfInput() {
    return is(BATCH) || is(POSITION) || is(KEY) || is(TOKEN);
  }

  /** The same axis, with a known bound. */
  public Dim within(long bound) {
    return isKnown() ? this : new Dim(size, name, Math.min(most, bound));
  }

  /** The product of two nonnegative lengths; the largest number if it overflows. */
  public static long product(long a, long b) {
    return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : ENDLESS;
  }

  /** The sum of two nonnegative lengths; the largest number if it overflows. */
  public static long sum(long a, long b) {
    return a + b < 0 ? ENDLESS : a + b;
  }

  public boolean is(String axisName) {
    return axisName.equals(name);
  }

  /** Whether the two lengths cannot be equal in any run. */
  public boolean conflicts(Dim other) {
    return isKnown() && other.isKnown() && size != other.size;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Dim that && size == that.size && Objects.equals(name, that.name);
  }

  @Override
  public int hashCode() {
    return Objects.hash(size, name);
  }

  @Override
  public String toString() {
    String length = isKnown() ? Long.toString(size) : "?";
    return name == null ? length : name + "=" + length;
  }
}
