package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.stream.LongStream;

/** Forgets where tokens stand, as a network would that counts columns. */
public final class Misplaced {
  private Misplaced() {}

  /** Each row begins at its first column, padding or not, at each step anew. */
  public static void countColumns(Pass pass) {
    NDArray own = pass.positions();
    int rows = (int) own.getShape().get(0);
    int columns = (int) own.getShape().get(1);
    long[] places =
        LongStream.range(0, rows).flatMap(row -> LongStream.range(0, columns)).toArray();
    pass.positions(pass.arena().longs(places, rows, columns));
  }
}
