package org.nnsight4j.harvest.job;

import org.jspecify.annotations.Nullable;

/**
 * One row of a dataset.
 *
 * @param index its number in the dataset, from 0
 * @param text its text, or null if it has token ids
 * @param ids its token ids, or null if it has a text
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record DatasetRow(long index, @Nullable String text, long @Nullable [] ids) {
  public static DatasetRow of(long index, String text) {
    return new DatasetRow(index, text, null);
  }

  public static DatasetRow of(long index, long[] ids) {
    return new DatasetRow(index, null, ids);
  }
}
