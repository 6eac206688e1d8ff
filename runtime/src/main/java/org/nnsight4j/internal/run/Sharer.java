package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.tensor.Dim;

/**
 * One of the runs that share a forward pass: it sees its own rows of each site, as it would alone.
 * If it throws, or needs the pass to compute differently, it leaves the pass and has to run alone;
 * the others continue.
 */
final class Sharer {
  private final TraceRun run;
  private final int first;
  private final @Nullable Interleaver interleaver;
  private boolean out;
  private boolean done;

  /**
   * @param first its first row in the pass
   */
  Sharer(
      TraceRun run,
      int first,
      Blueprint blueprint,
      Network network,
      Arena arena,
      RunContext around) {
    this.run = run;
    this.first = first;
    this.interleaver =
        tried(
            () -> new Interleaver(run.plan(), blueprint, network, arena, run.wholePass(), around));
  }

  private <T> @Nullable T tried(Supplier<T> part) {
    if (out) {
      return null;
    }
    try {
      return part.get();
    } catch (RuntimeException e) {
      // It throws again when it runs alone, without other runs' rows.
      out = true;
      return null;
    }
  }

  private @Nullable Interleaver listening() {
    return out || done ? null : interleaver;
  }

  void begin() {
    Interleaver own = listening();
    if (own != null) {
      Batch batch = run.batch();
      int[] origins = IntStream.range(0, batch.rows().size()).toArray();
      Frame frame = new Frame(batch, origins, batch.length(), batch.length());
      var unused =
          tried(
              () -> {
                own.begin(0, frame, null, false);
                return own;
              });
    }
  }

  void passing() {
    Interleaver own = listening();
    if (own != null) {
      own.passing();
    }
  }

  boolean listens(int site) {
    Interleaver own = listening();
    return own != null && own.listens(site);
  }

  /** Whether this run may see a site after later ones have been computed. */
  boolean canWait(int site) {
    Interleaver own = listening();
    return own == null || own.canWait(site);
  }

  /**
   * Called when the network would compute differently for this run, which it cannot do for the
   * others.
   */
  void decides(int site) {
    Interleaver own = listening();
    out |= own != null && own.decides(site);
  }

  /** Makes the run run alone. */
  void leave() {
    out = true;
  }

  /** Whether this run does not need the rest of the pass. */
  boolean done() {
    Interleaver own = listening();
    // Checked only once: alone, the pass would be over.
    done |= own != null && own.done();
    return out || done;
  }

  /** Shows a site's value to this run; returns the value to continue with. */
  NDArray at(SiteSpec site, NDArray value, Arena arena) {
    Interleaver own = listening();
    int axis = site.meta().dims().find(Dim.BATCH);
    if (own == null || axis < 0) {
      out |= own != null;
      return value;
    }
    NDArray result = tried(() -> shown(own, site, axis, value, arena));
    return result == null ? value : result;
  }

  private NDArray shown(Interleaver own, SiteSpec site, int axis, NDArray value, Arena arena) {
    TorchOps ops = TorchOps.get();
    long count = run.batch().rows().size();
    try (NDArray rows = ops.call(arena, "rows", value, (long) axis, (long) first, count)) {
      NDArray after = own.at(site.order(), rows, arena);
      if (after == rows) {
        return value;
      }
      try (after) {
        if (ops.number("is_contiguous", value) == 0) {
          throw new IllegalStateException(
              "replacing rows here would lay out those of others in another way");
        }
        Frame.Window window =
            new Frame.Window(new long[] {axis}, new long[] {first}, new long[] {count});
        return Values.put(arena, value, window, after);
      }
    }
  }

  /** The result, which is the same as for the run alone; empty if it has to run alone. */
  Optional<Result> finish() {
    Interleaver own = interleaver;
    if (own == null) {
      return Optional.empty();
    }
    return Optional.ofNullable(tried(() -> Runner.traced(run.plan(), own)));
  }
}
