package org.nnsight4j.tokenizer;

/**
 * Token ids, and to which text of a pair each belongs.
 *
 * @param ids {@code input_ids}
 * @param types {@code token_type_ids}: 0 for the first text, usually 1 for the second
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record TypedIds(long[] ids, long[] types) {
  public TypedIds {
    ids = ids.clone();
    types = types.clone();
  }

  @Override
  public long[] ids() {
    return ids.clone();
  }

  @Override
  public long[] types() {
    return types.clone();
  }
}
