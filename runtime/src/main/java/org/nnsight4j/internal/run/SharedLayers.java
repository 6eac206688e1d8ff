package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.PassThreads;
import org.nnsight4j.engine.Staged;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.TorchOps;

/**
 * The residual stream of the tokens that many rows have, before each block: rows that nothing reads
 * or writes before a block begin there.
 */
final class SharedLayers {
  private final Staged staged;
  private final Network network;
  private final Map<Integer, Map<List<Long>, Integer>> known;
  private final Map<Integer, List<NDArray>> streams = new HashMap<>();

  /**
   * Runs the layers.
   *
   * @param known for each length, the tokens that there are and the row that they get here
   * @param latest for each length, the last block at which rows begin
   */
  SharedLayers(
      Network network,
      Map<Integer, Map<List<Long>, Integer>> known,
      Map<Integer, Integer> latest,
      int most,
      Arena arena) {
    this.network = network;
    this.staged = (Staged) network;
    this.known = known;
    known.forEach(
        (length, rows) ->
            streams.put(
                length, streams(rows, length, latest.getOrDefault(length, 0), most, arena)));
  }

  /** The stream before each block. */
  private List<NDArray> streams(
      Map<List<Long>, Integer> rows, int length, int latest, int most, Arena arena) {
    List<long[]> ids = new ArrayList<>(Collections.nCopies(rows.size(), new long[0]));
    rows.forEach(
        (tokens, row) -> ids.set(row, tokens.stream().mapToLong(token -> token).toArray()));
    List<List<NDArray>> parts = new ArrayList<>();
    for (int begin = 0; begin < ids.size(); begin += most) {
      parts.add(run(ids.subList(begin, Math.min(begin + most, ids.size())), length, latest, arena));
    }
    if (parts.size() == 1) {
      return parts.get(0);
    }
    List<NDArray> joined = new ArrayList<>();
    for (int stage = 0; stage <= latest; stage++) {
      List<NDArray> some = new ArrayList<>();
      for (List<NDArray> part : parts) {
        some.add(part.get(stage));
      }
      joined.add(TorchOps.get().call(arena, "sweep_join", some));
      some.forEach(NDArray::close);
    }
    return joined;
  }

  private List<NDArray> run(List<long[]> ids, int length, int latest, Arena arena) {
    List<NDArray> found = new ArrayList<>();
    try (Arena passing = arena.child();
        PassThreads threads = PassThreads.enter(network, (long) ids.size() * length)) {
      long[] all = ids.stream().flatMapToLong(Arrays::stream).toArray();
      Batch batch = new Batch(ids, List.of(), List.of());
      Pass pass = pass(Taps.NONE, batch, passing, true);
      found.add(arena.keep(staged.embedded(pass, passing.longs(all, ids.size(), length))));
      for (int layer = 0; layer < latest; layer++) {
        int at = layer;
        NDArray before = found.get(layer);
        found.add(arena.keep(pass.scoped(() -> staged.block(pass, at, before))));
      }
    }
    return found;
  }

  private static Frame frame(Batch batch) {
    int[] origins = IntStream.range(0, batch.rows().size()).toArray();
    return new Frame(batch, origins, batch.length(), batch.length());
  }

  private static Pass pass(Taps taps, Batch batch, Arena passing, boolean last) {
    Frame frame = frame(batch);
    int length = batch.length();
    return new Pass(
        taps,
        passing,
        new Pass.Geometry(frame.lengths(), length, length),
        passing.longs(frame.places(), frame.rows(), length),
        null,
        null,
        last,
        0);
  }

  /** One pass over rows of one length, from a block on. */
  void pass(int stage, Batch batch, Interleaver interleaver, Arena arena, RunContext around) {
    around.passing(0, 1);
    try (Arena passing = arena.child();
        PassThreads threads =
            PassThreads.enter(network, (long) batch.rows().size() * batch.length())) {
      interleaver.begin(0, frame(batch), null, false);
      if (interleaver.done()) {
        return;
      }
      interleaver.passing();
      Pass pass = pass(interleaver, batch, passing, interleaver.lastPositionOnly());
      interleaver.parameters().in(pass);
      NDArray stream = begun(stage, batch, passing);
      for (int layer = stage; layer < network.layers() && !interleaver.done(); layer++) {
        int at = layer;
        NDArray before = stream;
        stream = pass.scoped(() -> staged.block(pass, at, before));
        before.close();
      }
      if (!interleaver.done()) {
        staged.logits(pass, stream);
      }
    } catch (EngineException e) {
      throw interleaver.failed(e);
    }
  }

  private NDArray begun(int stage, Batch batch, Arena passing) {
    int length = batch.length();
    Map<List<Long>, Integer> rows = known.get(length);
    List<NDArray> before = streams.get(length);
    if (rows == null || before == null) {
      throw new IllegalStateException("no rows of " + length + " tokens are shared");
    }
    long[] which =
        batch.rows().stream()
            .mapToLong(row -> rows.getOrDefault(Arrays.stream(row).boxed().toList(), -1))
            .toArray();
    return TorchOps.get()
        .call(
            passing,
            "sweep_rows",
            before.get(stage),
            passing.longs(which, which.length),
            1L,
            0L,
            (long) length);
  }
}
