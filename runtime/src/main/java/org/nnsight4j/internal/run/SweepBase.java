package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.EarlierKeys;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Staged;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.internal.sweep.Place;
import org.nnsight4j.internal.sweep.Places;

/**
 * The runs of some pairs without interventions: what cells begin with, and what they put at their
 * places.
 */
final class SweepBase {
  private final Staged network;
  private final Places places;
  private final Arena arena;
  private final int length;
  private final int rows;
  private final Set<Integer> kept = new HashSet<>();
  private final NDArray[] keys;
  private final NDArray[] values;

  /** One run: its residual stream before each block and after the last, and its kept sites. */
  record Run(int from, NDArray[] streams, Map<Integer, NDArray> sites, NDArray logits) {}

  private final Run base;
  private final Run source;

  /**
   * Runs both.
   *
   * @param sourceFrom the first position where the tokens of the source differ
   * @param wanted the places whose values are needed
   * @param step called before each block
   */
  SweepBase(
      Staged network,
      Places places,
      Arena arena,
      List<long[]> ids,
      List<long[]> sourceIds,
      int sourceFrom,
      Iterable<Place> wanted,
      Runnable step) {
    this.network = network;
    this.places = places;
    this.arena = arena;
    this.rows = ids.size();
    this.length = ids.get(0).length;
    this.keys = new NDArray[places.layers()];
    this.values = new NDArray[places.layers()];
    for (Place place : wanted) {
      if (!place.isStream()) {
        kept.add(places.order(place.site()));
      }
      if (place.beside() != null) {
        kept.add(places.order(place.beside()));
      }
    }
    this.base = run(ids, 0, step, new Recorder());
    this.source =
        sourceFrom == length
            ? base
            : run(sourceIds, sourceFrom, step, continuing(identity(), sourceFrom));
  }

  private NDArray identity() {
    return arena.longs(LongStream.range(0, rows).toArray(), rows);
  }

  private Run run(List<long[]> ids, int from, Runnable step, EarlierKeys earlier) {
    SweepTaps taps = new SweepTaps(kept, arena);
    Map<Integer, NDArray> sites = new HashMap<>();
    NDArray[] streams = new NDArray[places.layers() + 1];
    TorchOps ops = TorchOps.get();
    streams[0] = part(embedded(ids), from);
    try (Arena passing = arena.child()) {
      Pass pass = pass(taps, passing, from, earlier);
      for (int layer = 0; layer < places.layers(); layer++) {
        step.run();
        streams[layer + 1] = arena.keep(network.block(pass, layer, streams[layer]));
      }
      sites.putAll(taps.found());
      NDArray last = ops.call(passing, "last_position", streams[places.layers()]);
      NDArray logits = arena.keep(network.logits(pass, last));
      return new Run(from, streams, sites, logits);
    }
  }

  private NDArray embedded(List<long[]> ids) {
    try (Arena passing = arena.child()) {
      long[] all = ids.stream().flatMapToLong(LongStream::of).toArray();
      NDArray tokens = passing.longs(all, ids.size(), length);
      Pass pass = pass(new SweepTaps(Set.of(), arena), passing, 0, null);
      return arena.keep(network.embedded(pass, tokens));
    }
  }

  private NDArray part(NDArray stream, int from) {
    return from == 0
        ? stream
        : TorchOps.get()
            .call(
                arena,
                "window",
                stream,
                new long[] {1},
                new long[] {from},
                new long[] {length - from});
  }

  /** A pass over the positions from one on; all its rows have the same positions. */
  Pass pass(SweepTaps taps, Arena passing, int from, @Nullable EarlierKeys earlier) {
    int count = length - from;
    NDArray positions = passing.longs(LongStream.range(from, length).toArray(), 1, count);
    NDArray mask = null;
    if (from > 0 && count > 1) {
      try (NDArray lengths = passing.longs(new long[] {length}, 1)) {
        mask = TorchOps.get().call(passing, "padding_mask", lengths, (long) count, (long) length);
      }
    }
    Pass pass =
        new Pass(
            taps,
            passing,
            new Pass.Geometry(new long[] {length}, count, length),
            positions,
            mask,
            null,
            true,
            0);
    if (earlier != null) {
      pass.continues(earlier);
    }
    return pass;
  }

  Run base() {
    return base;
  }

  Run source() {
    return source;
  }

  int length() {
    return length;
  }

  /** Some rows of what a run had at a place, from a position on; without what is beside it. */
  NDArray site(Arena into, Run run, Place place, NDArray rows, int from) {
    NDArray all =
        place.isStream()
            ? run.streams()[place.stage()]
            : Objects.requireNonNull(run.sites().get(places.order(place.site())));
    return rows(into, all, place.positionAxis(), rows, from - run.from());
  }

  /** Some rows of what a run had beside the site of a place; null if there is nothing. */
  @Nullable NDArray beside(Arena into, Run run, Place place, NDArray rows, int from) {
    if (place.beside() == null) {
      return null;
    }
    NDArray all = Objects.requireNonNull(run.sites().get(places.order(place.beside())));
    return rows(into, all, place.positionAxis(), rows, from - run.from());
  }

  /** Some rows of the residual stream before a block, from a position on. */
  NDArray stream(Arena into, int stage, NDArray rows, int from) {
    return rows(into, base.streams()[stage], 1, rows, from);
  }

  /** What a run had at a place, of all rows and positions. */
  NDArray whole(Arena into, Run run, Place place) {
    try (NDArray all = identity()) {
      NDArray site = site(into, run, place, all, run.from());
      NDArray beside = beside(into, run, place, all, run.from());
      return beside == null
          ? site
          : TorchOps.get().call(into, "sweep_seen", site, beside, (double) place.sign());
    }
  }

  private static NDArray rows(Arena into, NDArray all, int axis, NDArray rows, int begin) {
    long count = all.getShape().get(axis) - begin;
    return TorchOps.get().call(into, "sweep_rows", all, rows, (long) axis, (long) begin, count);
  }

  /** Keys and values of the base runs before a position, for rows that continue them. */
  EarlierKeys continuing(NDArray which, int from) {
    return new Continued(which, from);
  }

  private final class Continued implements EarlierKeys {
    private final NDArray which;
    private final int from;

    Continued(NDArray which, int from) {
      this.which = which;
      this.from = from;
    }

    @Override
    public NDArray keys(Pass pass, int layer, NDArray added) {
      return joined(pass, keys[layer], added);
    }

    @Override
    public NDArray values(Pass pass, int layer, NDArray added) {
      return joined(pass, values[layer], added);
    }

    private NDArray joined(Pass pass, NDArray past, NDArray added) {
      return from == 0
          ? added
          : pass.ops().call(pass.arena(), "sweep_keys", past, which, (long) from, added);
    }
  }

  private final class Recorder implements EarlierKeys {
    @Override
    public NDArray keys(Pass pass, int layer, NDArray added) {
      keys[layer] = pass.ops().call(arena, "alias", added);
      return added;
    }

    @Override
    public NDArray values(Pass pass, int layer, NDArray added) {
      values[layer] = pass.ops().call(arena, "alias", added);
      return added;
    }
  }

  /** The places of the rows of a group. */
  static int[] all(int count) {
    return IntStream.range(0, count).toArray();
  }
}
