package org.nnsight4j.tensor;

/**
 * The width (last axis) of a value, as a type: {@code Value<Hidden>} and {@code Value<Vocab>} do
 * not mix. A descriptor declares its own axes as empty interfaces that extend this one; {@code
 * Axis} itself stands for a width that the compiler does not know.
 */
public interface Axis {}
