package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.PassThreads;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.internal.decode.NextToken;
import org.nnsight4j.tensor.Tensor;

/**
 * The forward passes of one run: pads the rows, derives positions and masks from their lengths so
 * that each row computes what it would alone, and keeps the cache.
 */
final class ForwardPasses implements NextToken, AutoCloseable {
  private final Network network;
  private final Batch batch;
  private final Interleaver interleaver;
  private final Arena arena;
  private final int lastGradientStep;
  private final int newTokens;
  private final RunContext around;
  private final @Nullable KvCache cache;
  private final RunContext.@Nullable Company company;
  private final JoinedSteps.@Nullable Member member;

  /** All tokens of each row so far, including padding. */
  private List<long[]> tokens = new ArrayList<>();

  private int[] origins;
  private boolean moved;
  private int step;

  ForwardPasses(
      Network network,
      Batch batch,
      Interleaver interleaver,
      Arena arena,
      int newTokens,
      boolean useCache,
      int lastGradientStep,
      RunContext around) {
    this.network = network;
    this.batch = batch;
    this.interleaver = interleaver;
    this.arena = arena;
    this.lastGradientStep = lastGradientStep;
    this.newTokens = newTokens;
    this.around = around;
    this.origins = IntStream.range(0, batch.rows().size()).toArray();
    this.cache =
        useCache && newTokens > 1
            ? new KvCache(arena, network.layers(), batch.length() + newTokens - 1, gradients())
            : null;
    this.company = around.company();
    this.member = company == null ? null : member(company);
    for (long[] row : batch.rows()) {
      long[] padded = new long[batch.length()];
      // The padding token is masked, so any id does; 0 is always in the vocabulary.
      System.arraycopy(row, 0, padded, padded.length - row.length, row.length);
      tokens.add(padded);
    }
  }

  /** The place of this run among others; null if it shares no pass with them. */
  private JoinedSteps.@Nullable Member member(RunContext.Company others) {
    boolean staysValid =
        batch.length() + newTokens <= network.rereadsBeyond()
            || batch.rows().stream().allMatch(row -> row.length > network.rereadsBeyond());
    return cache != null && others.alone() == null && batch.types().isEmpty() && staysValid
        ? others.steps().member()
        : null;
  }

  /** How the run shared its passes with others; empty where none does. */
  String batched() {
    if (company == null) {
      return "";
    }
    String alone = company.alone();
    if (alone != null) {
      return "alone because " + alone;
    }
    return member == null
        ? "alone because keys of long rows are computed again"
        : member.described();
  }

  @Override
  public float[][] first() {
    return logits(ownPass(batch.length()));
  }

  /** A pass of this run alone, between those of others. */
  private @Nullable Tensor ownPass(int positions) {
    around.passing(step, newTokens);
    return company == null
        ? pass(positions, true)
        : company.steps().between(() -> pass(positions, true));
  }

  /** One pass, of which only the hooks matter. */
  void trace() {
    around.passing(step, newTokens);
    pass(batch.length(), false);
  }

  @Override
  public float[][] next(int[] rows, long[] added) {
    step++;
    List<long[]> grown = new ArrayList<>();
    int[] continued = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      long[] row = tokens.get(rows[i]);
      grown.add(Arrays.copyOf(row, row.length + 1));
      grown.get(i)[row.length] = added[i];
      continued[i] = origins[rows[i]];
    }
    moved = !isSame(rows);
    boolean joined = member != null && member.hasJoined();
    if (cache != null && moved && !joined) {
      reorder(cache, rows);
    }
    tokens = grown;
    origins = continued;
    if (member != null && cache != null) {
      return joinedStep(member, cache, joined ? rows : IntStream.range(0, rows.length).toArray());
    }
    if (cache != null) {
      reread(cache);
    }
    return logits(ownPass(cache == null ? tokens.get(0).length : 1));
  }

  /** A step in a pass that other runs share. */
  private float[][] joinedStep(JoinedSteps.Member place, KvCache own, int[] rows) {
    around.passing(step, newTokens);
    // Without listeners, this thread calls the engine in no step.
    TorchOps.noticeInterrupt();
    Frame frame = new Frame(batch, origins, 1, tokens.get(0).length);
    try {
      interleaver.begin(step, frame, null, moved);
      interleaver.passing();
      long[] last = tokens.stream().mapToLong(row -> row[row.length - 1]).toArray();
      return place.step(new JoinedSteps.Step(interleaver, own, rows, frame.lengths(), last));
    } catch (EngineException e) {
      throw interleaver.failed(e);
    }
  }

  private void reorder(KvCache filled, int[] rows) {
    try {
      filled.reorder(Arrays.stream(rows).asLongStream().toArray());
    } catch (EngineException e) {
      throw interleaver.failed(e);
    }
  }

  /**
   * Computes keys again for rows that have just grown beyond the length up to which their keys are
   * valid.
   */
  private void reread(KvCache filled) {
    int keys = tokens.get(0).length;
    long[] lengths = new Frame(batch, origins, 1, keys).lengths();
    boolean[] beyond = new boolean[lengths.length];
    boolean any = false;
    for (int row = 0; row < lengths.length; row++) {
      beyond[row] = lengths[row] - 1 == network.rereadsBeyond();
      any |= beyond[row];
    }
    if (!any) {
      return;
    }
    // This includes the last token, because the length of a row changes the rotation of all its
    // positions.
    Frame whole = new Frame(batch, origins, keys, keys);
    try (Arena passing = arena.child();
        ThreadMode mode = ThreadMode.enter(gradients());
        KvCache anew = filled.another()) {
      Pass pass =
          new Pass(
              Taps.NONE,
              passing,
              new Pass.Geometry(lengths, keys, keys),
              passing.longs(whole.places(), whole.rows(), keys),
              mask(passing, whole),
              anew,
              true,
              0);
      interleaver.parameters().in(pass);
      var unused = network.forward(pass, ids(passing, keys));
      filled.take(anew, beyond);
    } catch (EngineException e) {
      throw interleaver.failed(e);
    }
  }

  private boolean isSame(int[] rows) {
    return rows.length == origins.length
        && IntStream.range(0, rows.length).allMatch(i -> rows[i] == i);
  }

  /** Whether this step must stay differentiable; later steps need not keep intermediate results. */
  private boolean gradients() {
    return step <= lastGradientStep;
  }

  private @Nullable Tensor pass(int positions, boolean generating) {
    network.checkWeights();
    int keys = tokens.get(0).length;
    Frame frame = new Frame(batch, origins, positions, keys);
    boolean gradients = gradients();
    try (Arena passing = arena.child();
        ThreadMode mode = ThreadMode.enter(gradients)) {
      interleaver.begin(step, frame, cache, moved);
      if (interleaver.done()) {
        return null;
      }
      interleaver.passing();
      Pass pass =
          new Pass(
              interleaver,
              gradients ? arena : passing,
              new Pass.Geometry(frame.lengths(), positions, keys),
              passing.longs(frame.places(), frame.rows(), positions),
              mask(passing, frame),
              cache,
              generating || interleaver.lastPositionOnly(),
              gradients ? interleaver.derivatives() : 0);
      interleaver.parameters().in(pass);
      if (!batch.types().isEmpty()) {
        pass.takeTokenTypes(tokenTypes(passing, positions));
      }
      NDArray logits;
      try (PassThreads threads = PassThreads.enter(network, (long) frame.rows() * positions)) {
        logits = network.forward(pass, ids(passing, positions));
      }
      if (cache != null) {
        cache.advance(positions);
      }
      return logits == null || !generating ? null : last(passing, logits);
    } catch (EngineException e) {
      throw interleaver.failed(e);
    }
  }

  private Tensor last(Arena passing, NDArray logits) {
    NDArray last = TorchOps.get().call(passing, "last_position", logits);
    return Transfer.toHost(passing, TorchOps.get().call(passing, "detach", last));
  }

  private NDArray ids(Arena passing, int positions) {
    long[] ids =
        tokens.stream()
            .flatMapToLong(row -> Arrays.stream(row, row.length - positions, row.length))
            .toArray();
    return passing.longs(ids, tokens.size(), positions);
  }

  /** Which text of a pair each token is of; padding is of the first. */
  private NDArray tokenTypes(Arena passing, int positions) {
    long[] types =
        batch.types().stream()
            .flatMapToLong(
                row ->
                    LongStream.concat(
                        LongStream.generate(() -> 0).limit(positions - row.length),
                        Arrays.stream(row)))
            .toArray();
    return passing.longs(types, batch.types().size(), positions);
  }

  private @Nullable NDArray mask(Arena passing, Frame frame) {
    if (!frame.padded()) {
      return null;
    }
    NDArray lengths = passing.longs(frame.lengths(), frame.rows());
    return TorchOps.get()
        .call(passing, "padding_mask", lengths, (long) frame.positions(), (long) frame.keys());
  }

  private static float[][] logits(@Nullable Tensor last) {
    if (last == null) {
      throw new IllegalStateException("the network gave no logits");
    }
    float[] all = last.toFloatArray();
    int width = (int) last.shape(-1);
    float[][] rows = new float[(int) last.shape(0)][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = Arrays.copyOfRange(all, row * width, (row + 1) * width);
    }
    return rows;
  }

  @Override
  public void close() {
    if (member != null) {
      member.close();
    }
    if (cache != null) {
      cache.close();
    }
  }
}
