package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Staged;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.internal.sweep.Place;
import org.nnsight4j.internal.sweep.Places;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepLayout.Chunk;
import org.nnsight4j.internal.sweep.SweepLayout.Entry;
import org.nnsight4j.tensor.Tensor;

/** Cells that begin at one position, as one batch that grows from block to block. */
final class SweepChunk {
  private final SweepBase runs;
  private final Staged network;
  private final Places places;
  private final SweepTargets targets;
  private final Chunk chunk;
  private final Arena arena;
  private final List<Integer> rows = new ArrayList<>();
  private @Nullable NDArray stream;
  private int next;

  SweepChunk(
      SweepBase runs,
      Staged network,
      Places places,
      SweepTargets targets,
      Chunk chunk,
      Arena arena) {
    this.runs = runs;
    this.network = network;
    this.places = places;
    this.targets = targets;
    this.chunk = chunk;
    this.arena = arena;
  }

  /**
   * The logits of all cells at the last position, {@code [row, 1, vocab]}, in the order of the
   * entries.
   *
   * @param step called before each block
   */
  NDArray logits(Runnable step) {
    int first = chunk.entries().get(0).cell().place().stage();
    for (int stage = first; stage < places.layers(); stage++) {
      step.run();
      try (Arena passing = arena.child()) {
        SweepTaps taps = new SweepTaps(Set.of(), passing);
        join(stage, taps, passing);
        Pass pass =
            runs.pass(taps, passing, chunk.begin(), runs.continuing(which(passing), chunk.begin()));
        replace(network.block(pass, stage, stream()));
      }
    }
    try (Arena passing = arena.child()) {
      SweepTaps none = new SweepTaps(Set.of(), passing);
      join(places.layers(), none, passing);
      NDArray last = TorchOps.get().call(passing, "last_position", stream());
      Pass pass = runs.pass(none, passing, runs.length() - 1, null);
      return arena.keep(network.logits(pass, last));
    }
  }

  private NDArray stream() {
    if (stream == null) {
      throw new IllegalStateException("a block has no rows");
    }
    return stream;
  }

  private void replace(NDArray newer) {
    if (stream != null) {
      stream.close();
    }
    stream = arena.keep(newer);
  }

  /** For each row so far, the row of the base runs that it continues. */
  private NDArray which(Arena passing) {
    return index(passing, rows.stream().mapToInt(row -> row).toArray());
  }

  private static NDArray index(Arena passing, int[] rows) {
    return passing.longs(Arrays.stream(rows).asLongStream().toArray(), rows.length);
  }

  /** Adds the rows of the cells that begin at a block, and prepares what is written inside it. */
  private void join(int stage, SweepTaps taps, Arena passing) {
    List<NDArray> parts = new ArrayList<>();
    if (stream != null) {
      parts.add(stream);
    }
    while (next < chunk.entries().size() && stageOf(next) == stage) {
      int end = next;
      Place place = chunk.entries().get(next).cell().place();
      while (end < chunk.entries().size()
          && chunk.entries().get(end).cell().place().equals(place)) {
        end++;
      }
      parts.add(entered(chunk.entries().subList(next, end), place, taps, passing));
      next = end;
    }
    if (parts.size() > 1) {
      replace(TorchOps.get().call(passing, "sweep_join", parts));
    } else if (stream == null) {
      stream = arena.keep(parts.get(0));
    }
  }

  private int stageOf(int entry) {
    return chunk.entries().get(entry).cell().place().stage();
  }

  /** The rows of the cells of one place. */
  private NDArray entered(List<Entry> entries, Place place, SweepTaps taps, Arena passing) {
    int[] added = entries.stream().flatMapToInt(entry -> Arrays.stream(entry.rows())).toArray();
    NDArray which = index(passing, added);
    int begin = rows.size();
    Arrays.stream(added).forEach(rows::add);
    NDArray entering = runs.stream(passing, place.stage(), which, chunk.begin());
    SweepWrite write = write(entries, place, which, begin, passing);
    if (place.isStream()) {
      return write.into(entering, passing);
    }
    taps.write(places.order(place.site()), write);
    return entering;
  }

  private SweepWrite write(
      List<Entry> entries, Place place, NDArray which, int begin, Arena passing) {
    int count = entries.stream().mapToInt(entry -> entry.rows().length).sum();
    boolean whole =
        targets.action() != SweepAction.ADD
            && entries.stream().allMatch(entry -> entry.cell().strength() == 1);
    SweepWrite.Mode mode =
        targets.action() == SweepAction.ADD
            ? SweepWrite.Mode.ADD
            : whole ? SweepWrite.Mode.PUT : SweepWrite.Mode.TOWARDS;
    return new SweepWrite(
        place.isStream() ? 0 : begin,
        count,
        marked(entries, place, count, passing),
        targets.of(passing, runs, place, which, chunk.begin()),
        strengths(entries, place, count, passing),
        mode,
        runs.beside(passing, runs.base(), place, which, chunk.begin()),
        place.sign());
  }

  private NDArray marked(List<Entry> entries, Place place, int count, Arena passing) {
    int positions = runs.length() - chunk.begin();
    boolean byHead = entries.stream().anyMatch(entry -> entry.cell().head() >= 0);
    int heads = byHead ? place.heads() : 1;
    boolean[] marked = new boolean[count * heads * positions];
    int row = 0;
    for (Entry entry : entries) {
      int head = Math.max(0, entry.cell().head());
      for (int[] columns : entry.columns()) {
        for (int column : columns) {
          marked[(row * heads + head) * positions + column - chunk.begin()] = true;
        }
        row++;
      }
    }
    long[] shape =
        place.heads() > 0
            ? new long[] {count, heads, positions, 1}
            : new long[] {count, positions, 1};
    return Transfer.toEngine(passing, Tensor.of(marked, shape));
  }

  private static NDArray strengths(List<Entry> entries, Place place, int count, Arena passing) {
    float[] each = new float[count];
    int row = 0;
    for (Entry entry : entries) {
      Arrays.fill(each, row, row + entry.rows().length, (float) entry.cell().strength());
      row += entry.rows().length;
    }
    long[] shape = place.heads() > 0 ? new long[] {count, 1, 1, 1} : new long[] {count, 1, 1};
    return Transfer.toEngine(passing, Tensor.of(each, shape));
  }
}
