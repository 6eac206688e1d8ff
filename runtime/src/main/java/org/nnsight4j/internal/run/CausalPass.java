package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.PassThreads;
import org.nnsight4j.engine.Taps;

/** A forward pass over rows of one length, without padding and cache. */
final class CausalPass {
  private CausalPass() {}

  /**
   * Executes the pass.
   *
   * @param parts the number of parts into which the rows of each matrix product are split
   * @param last whether no logits of earlier positions are needed
   */
  static void run(
      Network network, List<long[]> rows, Taps taps, int parts, boolean last, Arena arena) {
    network.checkWeights();
    int length = rows.get(0).length;
    long[] lengths = new long[rows.size()];
    Arrays.fill(lengths, length);
    long[] ids = rows.stream().flatMapToLong(Arrays::stream).toArray();
    long[] places = IntStream.range(0, ids.length).mapToLong(i -> i % length).toArray();
    try (Arena passing = arena.child()) {
      NDArray tokens = passing.longs(ids, rows.size(), length);
      NDArray positions = passing.longs(places, rows.size(), length);
      Pass.Geometry geometry = new Pass.Geometry(lengths, length, length);
      // A run of a shared pass has the threads that it would have alone.
      try (PassThreads threads = PassThreads.enter(network, ids.length / parts)) {
        network.forward(Pass.shared(taps, passing, geometry, positions, parts, last), tokens);
      }
    }
  }
}
