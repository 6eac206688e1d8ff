package org.nnsight4j.harvest.job;

/**
 * Consecutive rows of a dataset that become one shard.
 *
 * @param index the number of the split, from 0
 * @param file the number of the file that they are in
 * @param offset where they begin there: bytes, or rows in formats that count those
 * @param firstRow the number of their first row in the dataset
 * @param rows how many there are
 */
public record RowSplit(int index, int file, long offset, long firstRow, int rows) {}
