package org.nnsight4j.models.conformance;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Staged;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.tensor.Tensor;

/** Passes of a network whose blocks run in one of two forms, with a cache if it generates. */
final class CachedPasses {
  private static final String PROPERTY = "nnsight4j.blocks";

  private CachedPasses() {}

  /** How many passes there are; a network that sees both ways does not generate. */
  static int steps(Network network) {
    return network instanceof Staged ? 3 : 1;
  }

  /** A prompt, and two more tokens with the cache. */
  static List<Tensor> logits(Network network, long[] lengths, String form, Taps taps) {
    System.setProperty(PROPERTY, form);
    List<Tensor> all = new ArrayList<>();
    int prompt = (int) Arrays.stream(lengths).max().orElseThrow();
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open();
        KvCache cache = new KvCache(arena, network.layers(), prompt + 2, false)) {
      for (int step = 0; step < steps(network); step++) {
        int more = step;
        long[] seen = Arrays.stream(lengths).map(length -> length + more).toArray();
        int positions = step == 0 ? prompt : 1;
        all.add(
            logits(
                network,
                arena,
                steps(network) == 1 ? null : cache,
                taps,
                seen,
                positions,
                prompt + step));
        cache.advance(positions);
      }
    }
    return all;
  }

  private static Tensor logits(
      Network network,
      Arena arena,
      @Nullable KvCache cache,
      Taps taps,
      long[] lengths,
      int positions,
      int keys) {
    long[] ids = new long[lengths.length * positions];
    long[] places = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      int row = i / positions;
      long place = lengths[row] - positions + i % positions;
      places[i] = Math.max(0, place);
      ids[i] = place < 0 ? 0 : (3 + 5 * place + row) % 13;
    }
    NDArray rows = arena.longs(lengths, lengths.length);
    boolean padded = Arrays.stream(lengths).distinct().count() > 1;
    NDArray mask =
        padded
            ? TorchOps.get().call(arena, "padding_mask", rows, (long) positions, (long) keys)
            : null;
    Pass pass =
        new Pass(
            taps,
            arena,
            new Pass.Geometry(lengths, positions, keys),
            arena.longs(places, lengths.length, positions),
            mask,
            cache,
            false,
            0);
    NDArray tokens = arena.longs(ids, lengths.length, positions);
    return Transfer.toHost(arena, Objects.requireNonNull(network.forward(pass, tokens)));
  }
}
