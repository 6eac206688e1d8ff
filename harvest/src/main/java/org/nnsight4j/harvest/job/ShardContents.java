package org.nnsight4j.harvest.job;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.nnsight4j.tensor.Tensor;

/**
 * The numbers of one shard, in the order of the dataset.
 *
 * @param index {@code text_row} and {@code text_length}, one for each text; {@code row}, {@code
 *     text}, {@code position} and {@code token_id}, one for each token
 * @param columns the columns of the harvest by name
 * @param skipped how many rows of the dataset gave no text
 * @param fired how often each site fired
 */
public record ShardContents(
    Map<String, Tensor> index,
    Map<String, Tensor> columns,
    long skipped,
    SortedMap<String, Long> fired) {
  /** The row of the dataset that a text, or a token, is of. */
  public static final String TEXT_ROW = "text_row";

  public static final String TEXT_LENGTH = "text_length";
  public static final String ROW = "row";

  /** The number of a token's text in its shard, from 0. */
  public static final String TEXT = "text";

  public static final String POSITION = "position";
  public static final String TOKEN_ID = "token_id";

  public long texts() {
    return size(TEXT_ROW);
  }

  public long tokens() {
    return size(ROW);
  }

  private long size(String name) {
    Tensor found = index.get(name);
    return found == null ? 0 : found.size();
  }

  /** Index and columns. */
  public Map<String, Tensor> all() {
    Map<String, Tensor> all = new LinkedHashMap<>(index);
    all.putAll(columns);
    return all;
  }
}
