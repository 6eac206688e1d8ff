package org.nnsight4j.graph;

/**
 * An immutable handle to a tensor that will exist during the run.
 *
 * @param <A> the width (last axis), a descriptor's {@code Axis}
 */
public final class Value<A> {
  Value() {}
}
