package org.nnsight4j.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The length of one axis.
 *
 * @param size the length, or {@link #UNKNOWN} until the run
 * @param name what the axis means, for example {@code position}; null when an operation lost it
 */
public record Dim(long size, @Nullable String name) {
  public static final long UNKNOWN = -1;
  public static final String BATCH = "batch";
  public static final String POSITION = "position";
  public static final String KEY = "key";

  public static Dim of(long size) {
    return new Dim(size, null);
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

  /** Whether the length is that of the inputs, which no architecture states. */
  public boolean isOfInput() {
    return is(BATCH) || is(POSITION) || is(KEY);
  }

  public boolean is(String axisName) {
    return axisName.equals(name);
  }

  /** Whether the two lengths cannot be equal in any run. */
  public boolean conflicts(Dim other) {
    return isKnown() && other.isKnown() && size != other.size;
  }

  @Override
  public String toString() {
    String length = isKnown() ? Long.toString(size) : "?";
    return name == null ? length : name + "=" + length;
  }
}
