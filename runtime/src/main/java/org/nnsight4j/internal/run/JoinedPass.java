package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.GatheredCache;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.PassThreads;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Dim;

/**
 * The pass over one token of each row of several runs, and the cache of their keys and values. It
 * is gathered anew when runs come or go and when it is full, not at each token. Used by one thread.
 */
final class JoinedPass {
  /** How many columns a new cache has more than it needs at once. */
  private static final int ROOM = 64;

  private final SiteSpec[] sites;
  private final Network network;
  private final long memory;
  private List<JoinedSteps.Member> inCache = List.of();
  private @Nullable KvCache cache;
  private int capacity;

  /** Of one position of one row. */
  private long bytes;

  /**
   * @param memory how many bytes the keys and values of all may take
   */
  JoinedPass(Blueprint blueprint, Network network, long memory) {
    this.sites = blueprint.sites().toArray(SiteSpec[]::new);
    this.network = network;
    this.memory = memory;
  }

  /** Whether there are keys of runs, which may have ended. */
  boolean hasCache() {
    return !inCache.isEmpty();
  }

  /** Runs the waiting steps of runs, and answers each. */
  void run(List<JoinedSteps.Member> ready, Arena arena) {
    List<JoinedSteps.Member> joined = new ArrayList<>();
    List<JoinedSteps.Member> beside = new ArrayList<>();
    int rows = 0;
    int columns = 0;
    long each = 0;
    for (JoinedSteps.Member member : ready) {
      JoinedSteps.Step step = member.step();
      int longest = Math.max(columns, (int) Arrays.stream(step.lengths()).max().orElse(0));
      each = Math.max(each, member.joined ? bytes : GatheredCache.bytesOfPosition(step.own()));
      // Those who are in the cache stay there; it can only have become smaller for them.
      if (member.joined || fits(rows + step.rows(), longest, each)) {
        joined.add(member);
        rows += step.rows();
        columns = longest;
      } else {
        beside.add(member);
      }
    }
    try (ThreadMode mode = ThreadMode.enter(false)) {
      together(joined, columns, each, arena);
      for (JoinedSteps.Member member : beside) {
        together(List.of(member), member.step().own(), arena);
      }
    }
  }

  /** A cache and the one that it was gathered from are there at the same time. */
  private boolean fits(int rows, int columns, long each) {
    return Dim.product(Dim.product(2L * rows, columns + ROOM), each) <= memory;
  }

  private void together(List<JoinedSteps.Member> joined, int columns, long each, Arena arena) {
    KvCache common = cache;
    if (common == null || !joined.equals(inCache) || columns > capacity || !unmoved(joined)) {
      try {
        common = gathered(joined, columns, arena);
        bytes = each;
      } catch (RuntimeException | Error e) {
        failed(joined, e);
        return;
      }
    }
    if (common != null) {
      together(joined, common, arena);
    }
  }

  private void together(List<JoinedSteps.Member> runs, KvCache common, Arena arena) {
    try (Arena passing = arena.child()) {
      forward(runs, common, passing);
    } catch (RuntimeException | Error e) {
      failed(runs, e);
    }
  }

  /** What is wrong with one run is thrown by its own listeners; this concerns all. */
  private static void failed(List<JoinedSteps.Member> runs, Throwable e) {
    boolean again = e instanceof RuntimeException && runs.size() > 1;
    runs.forEach(member -> member.answer(null, again ? new DisturbedException(e) : e));
  }

  private void forward(List<JoinedSteps.Member> runs, KvCache common, Arena passing) {
    network.checkWeights();
    int keys = common.length() + 1;
    JoinedTaps taps = new JoinedTaps(sites);
    runs.forEach(member -> taps.add(member.step().taps(), member.step().rows()));
    long[] lengths = joined(runs, JoinedSteps.Step::lengths);
    long[] tokens = joined(runs, JoinedSteps.Step::tokens);
    int rows = tokens.length;
    boolean padded = Arrays.stream(lengths).anyMatch(length -> length != keys);
    Pass pass =
        new Pass(
            taps,
            passing,
            new Pass.Geometry(lengths, 1, keys),
            passing.longs(Frame.places(lengths, 1), rows, 1),
            padded ? mask(passing, lengths, keys) : null,
            common,
            true,
            0);
    NDArray logits;
    try (PassThreads threads = PassThreads.enter(network, rows)) {
      logits = network.forward(pass, passing.longs(tokens, rows, 1));
    }
    common.advance(1);
    if (logits == null) {
      throw new IllegalStateException("the network gave no logits");
    }
    float[] all = Transfer.toHost(passing, logits).toFloatArray();
    int width = all.length / rows;
    int row = 0;
    for (int i = 0; i < runs.size(); i++) {
      JoinedSteps.Member member = runs.get(i);
      float[][] own = new float[member.step().rows()][];
      for (int j = 0; j < own.length; j++, row++) {
        own[j] = Arrays.copyOfRange(all, row * width, (row + 1) * width);
      }
      member.others(rows - own.length);
      member.answer(own, taps.failure(i));
    }
  }

  private static NDArray mask(Arena passing, long[] lengths, int keys) {
    NDArray each = passing.longs(lengths, lengths.length);
    return TorchOps.get().call(passing, "padding_mask", each, 1L, (long) keys);
  }

  private static long[] joined(
      List<JoinedSteps.Member> runs, Function<JoinedSteps.Step, long[]> part) {
    return runs.stream().flatMapToLong(run -> Arrays.stream(part.apply(run.step()))).toArray();
  }

  private static boolean unmoved(List<JoinedSteps.Member> joined) {
    int first = 0;
    for (JoinedSteps.Member member : joined) {
      int[] from = member.step().from();
      if (member.first != first || member.count != from.length) {
        return false;
      }
      for (int i = 0; i < from.length; i++) {
        if (from[i] != i) {
          return false;
        }
      }
      first += from.length;
    }
    return true;
  }

  /** A cache of the rows that go on, with room for some columns more; null if there are none. */
  private @Nullable KvCache gathered(List<JoinedSteps.Member> joined, int columns, Arena arena) {
    KvCache before = cache;
    List<GatheredCache.Row> rows = new ArrayList<>();
    for (JoinedSteps.Member member : joined) {
      JoinedSteps.Step step = member.step();
      for (int i = 0; i < step.rows(); i++) {
        int had = (int) step.lengths()[i] - 1;
        rows.add(
            member.joined && before != null
                ? new GatheredCache.Row(before, member.first + step.from()[i], had)
                : new GatheredCache.Row(step.own(), step.from()[i], had));
      }
    }
    cache = null;
    inCache = List.copyOf(joined);
    capacity = columns + ROOM;
    try {
      if (!rows.isEmpty()) {
        cache = GatheredCache.of(arena, rows, capacity);
      }
    } finally {
      if (before != null) {
        before.close();
      }
    }
    int first = 0;
    for (JoinedSteps.Member member : joined) {
      if (!member.joined) {
        member.step().own().close();
      }
      member.joined = true;
      member.first = first;
      member.count = member.step().rows();
      first += member.step().rows();
    }
    return cache;
  }
}
