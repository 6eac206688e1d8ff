package org.nnsight4j.harvest;

import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.harvest.internal.rows.GivenIds;
import org.nnsight4j.harvest.internal.rows.JsonLines;
import org.nnsight4j.harvest.internal.rows.Lines;
import org.nnsight4j.harvest.job.RowSource;

/**
 * Where the rows of a dataset come from. Parquet files are in the module {@code
 * nnsight4j-harvest-parquet}; another source implements {@link RowSource}.
 */
public final class DatasetRows {
  private DatasetRows() {}

  /** Each line of UTF-8 files is a text; an empty line has a number and gives no text. */
  public static RowSource lines(Path... files) {
    return new Lines(List.of(files));
  }

  /** The text in a field of each line of JSON. */
  public static RowSource jsonLines(String field, Path... files) {
    return new JsonLines(List.of(files), field, true);
  }

  /** The list of token ids in a field of each line of JSON. */
  public static RowSource jsonLinesOfIds(String field, Path... files) {
    return new JsonLines(List.of(files), field, false);
  }

  /** Token ids, which travel with the job. */
  public static RowSource ids(List<long[]> rows) {
    return new GivenIds(rows);
  }
}
