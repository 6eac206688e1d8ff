package org.nnsight4j.harvest.job;

import java.nio.file.Path;
import org.nnsight4j.error.RunException;

/**
 * Consecutive rows of a dataset that become one shard.
 *
 * @param index the number of the split, from 0
 * @param file the number of the file that they are in
 * @param offset where they begin there: bytes, or rows in formats that count those
 * @param firstRow the number of their first row in the dataset
 * @param rows how many there are
 * @param check what tells these rows from others, so that another process, which may see another
 *     copy of the file, does not read those; 0 where rows travel with the job
 */
public record RowSplit(int index, int file, long offset, long firstRow, int rows, long check) {
  /**
   * Refuses rows that are not those of the layout.
   *
   * @param found what tells the rows apart that were read now
   * @throws RunException if they differ
   */
  public void requireSame(Path path, long found) {
    if (found != check) {
      throw new RunException(
          "%s: rows %s to %s of the dataset are not those with which the harvest was planned; expected an unchanged file on each machine, found another; put the old one back, or begin a new harvest"
              .formatted(path, firstRow, firstRow + rows - 1));
    }
  }
}
