package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Dim;

/**
 * The listeners of a step that several runs share. Each sees its own rows; one that throws hears no
 * more of this step, and the others go on.
 */
final class JoinedTaps implements Taps {
  private static final class Listener {
    final Taps taps;
    final long first;
    final long count;
    @Nullable RuntimeException failure;

    Listener(Taps taps, long first, long count) {
      this.taps = taps;
      this.first = first;
      this.count = count;
    }

    boolean listens(int site) {
      return failure == null && taps.listens(site);
    }
  }

  private final SiteSpec[] sites;
  private final List<Listener> listeners = new ArrayList<>();
  private long rows;

  JoinedTaps(SiteSpec[] sites) {
    this.sites = sites;
  }

  /** Adds the listener of the next rows. */
  void add(Taps taps, int count) {
    listeners.add(new Listener(taps, rows, count));
    rows += count;
  }

  /** Why one run has failed in this step; null if it has not. */
  @Nullable RuntimeException failure(int run) {
    return listeners.get(run).failure;
  }

  @Override
  public boolean listens(int site) {
    for (Listener each : listeners) {
      if (each.listens(site)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public NDArray at(int site, NDArray value, Arena arena) {
    NDArray current = value;
    for (Listener each : listeners) {
      if (each.listens(site)) {
        try {
          current = shown(each, sites[site], current, arena);
        } catch (RuntimeException e) {
          each.failure = e;
        }
      }
    }
    return current;
  }

  private NDArray shown(Listener own, SiteSpec site, NDArray value, Arena arena) {
    if (own.count == rows) {
      return own.taps.at(site.order(), value, arena);
    }
    int axis = site.meta().dims().find(Dim.BATCH);
    try (NDArray part =
        TorchOps.get().call(arena, "rows", value, (long) axis, own.first, own.count)) {
      NDArray after = own.taps.at(site.order(), part, arena);
      if (after == part) {
        return value;
      }
      try (after) {
        Frame.Window window =
            new Frame.Window(new long[] {axis}, new long[] {own.first}, new long[] {own.count});
        return Values.put(arena, value, window, after);
      }
    }
  }
}
