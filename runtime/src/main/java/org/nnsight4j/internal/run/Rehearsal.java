package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Dim;

/** Runs trial forward passes, to see whether rows keep their bits, and how long they take. */
public final class Rehearsal {
  private final Blueprint blueprint;
  private final Network network;

  Rehearsal(Blueprint blueprint, Network network) {
    this.blueprint = blueprint;
    this.network = network;
  }

  /** How long one pass over rows of one length takes, in nanoseconds. */
  public long nanos(List<long[]> rows, int parts) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      long start = System.nanoTime();
      CausalPass.run(network, rows, Taps.NONE, parts, false, arena);
      return System.nanoTime() - start;
    }
  }

  /**
   * Whether each run sees at each site the same bits as if it ran alone.
   *
   * @param runs the rows of each run: of one length, and equally many
   */
  public boolean keepsBits(List<List<long[]>> runs, int parts) {
    return keepsBits(runs, parts, false) && keepsBits(runs, parts, true);
  }

  private boolean keepsBits(List<List<long[]>> runs, int parts, boolean last) {
    List<long[]> all = new ArrayList<>();
    runs.forEach(all::addAll);
    List<Map<Integer, Long>> together = seen(all, runs.size(), parts, last);
    for (int run = 0; run < runs.size(); run++) {
      if (!seen(runs.get(run), 1, 1, last).get(0).equals(together.get(run))) {
        return false;
      }
    }
    return true;
  }

  /** For each run, a hash of the bits of its rows at each site that the pass shows. */
  private List<Map<Integer, Long>> seen(List<long[]> rows, int runs, int parts, boolean last) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      Watcher watcher = new Watcher(blueprint.sites().toArray(SiteSpec[]::new), runs);
      CausalPass.run(network, rows, watcher, parts, last, arena);
      return watcher.seen;
    }
  }

  /** Listens to all sites that do not change the computation. */
  private static final class Watcher implements Taps {
    private final SiteSpec[] sites;
    private final int runs;
    private final List<Map<Integer, Long>> seen = new ArrayList<>();

    Watcher(SiteSpec[] sites, int runs) {
      this.sites = sites;
      this.runs = runs;
      for (int run = 0; run < runs; run++) {
        seen.add(new HashMap<>());
      }
    }

    @Override
    public boolean listens(int site) {
      return sites[site].meta().dims().find(Dim.BATCH) >= 0;
    }

    @Override
    public boolean decides(int site) {
      return false;
    }

    @Override
    public NDArray at(int site, NDArray value, Arena arena) {
      int axis = sites[site].meta().dims().find(Dim.BATCH);
      long rows = value.getShape().get(axis) / runs;
      for (int run = 0; run < runs; run++) {
        try (NDArray part =
            TorchOps.get().call(arena, "rows", value, (long) axis, run * rows, rows)) {
          seen.get(run).put(site, hash(Transfer.toHost(arena, part).bytes()));
        }
      }
      return value;
    }

    private static long hash(ByteBuffer bytes) {
      long hash = bytes.remaining();
      while (bytes.remaining() >= Integer.BYTES) {
        hash = (hash ^ bytes.getInt()) * 0x9e3779b97f4a7c15L;
        hash ^= hash >>> 29;
      }
      while (bytes.hasRemaining()) {
        hash = (hash ^ bytes.get()) * 0x9e3779b97f4a7c15L;
      }
      return hash;
    }
  }
}
