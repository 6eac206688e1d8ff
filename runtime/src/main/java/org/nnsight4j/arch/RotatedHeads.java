package org.nnsight4j.arch;

import java.util.function.Supplier;
import org.nnsight4j.arch.Decoder.HeadDim;
import org.nnsight4j.values.Value;

/** Queries and keys of an attention module after rotary positions are applied. */
public final class RotatedHeads {
  private final Supplier<Value<HeadDim>> queries;
  private final Supplier<Value<HeadDim>> keys;

  RotatedHeads(Supplier<Value<HeadDim>> queries, Supplier<Value<HeadDim>> keys) {
    this.queries = queries;
    this.keys = keys;
  }

  /** {@code [batch, head, position, head_dim]}. */
  public Value<HeadDim> q() {
    return queries.get();
  }

  /** {@code [batch, kvhead, position, head_dim]}. */
  public Value<HeadDim> k() {
    return keys.get();
  }
}
