package org.nnsight4j.benchmarks;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.Tensor;

/** The forward pass of a network with nobody listening: what every run costs at least. */
final class BareForward implements AutoCloseable {
  private final Weights weights;
  private final Network network;

  BareForward(String model, Blueprint blueprint) {
    Checkpoint checkpoint = Checkpoint.open(Inputs.checkpoint(model));
    this.weights = Weights.load(blueprint, checkpoint, LoadSettings.usual(false));
    this.network =
        ServiceLoader.load(NetworkFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(factory -> factory.architecture().equals(blueprint.architecture()))
            .findFirst()
            .orElseThrow()
            .create(blueprint, checkpoint.config(), weights);
  }

  /** Computes the logits of all positions. */
  void run(long[] ids) {
    run(new long[][] {ids});
  }

  /** Computes the logits of all positions of rows of one length. */
  void run(long[][] ids) {
    run(ids, Taps.NONE);
  }

  /** The same, with somebody listening. */
  void run(long[][] ids, Taps taps) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      var unused = logits(arena, ids, taps);
    }
  }

  /** One number of the last position's logits. */
  double number(long[] ids, int token) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      Tensor all = Transfer.toHost(arena, logits(arena, new long[][] {ids}, Taps.NONE));
      return all.get(0, ids.length - 1, token);
    }
  }

  private NDArray logits(Arena arena, long[][] rows, Taps taps) {
    int tokens = rows[0].length;
    long[] ids = Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray();
    long[] places = IntStream.range(0, ids.length).mapToLong(i -> i % tokens).toArray();
    long[] lengths = new long[rows.length];
    Arrays.fill(lengths, tokens);
    Pass pass =
        new Pass(
            taps,
            arena,
            new Pass.Geometry(lengths, tokens, tokens),
            arena.longs(places, rows.length, tokens),
            null,
            null,
            false,
            0);
    return Objects.requireNonNull(network.forward(pass, arena.longs(ids, rows.length, tokens)));
  }

  @Override
  public void close() {
    weights.close();
  }
}
