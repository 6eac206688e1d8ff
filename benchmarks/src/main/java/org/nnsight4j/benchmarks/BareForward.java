package org.nnsight4j.benchmarks;

import ai.djl.ndarray.NDArray;
import java.util.Objects;
import java.util.ServiceLoader;
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
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      var unused = logits(arena, ids);
    }
  }

  /** One number of the last position's logits. */
  double number(long[] ids, int token) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      Tensor all = Transfer.toHost(arena, logits(arena, ids));
      return all.get(0, ids.length - 1, token);
    }
  }

  private NDArray logits(Arena arena, long[] ids) {
    int tokens = ids.length;
    long[] places = new long[tokens];
    for (int i = 0; i < tokens; i++) {
      places[i] = i;
    }
    Pass pass =
        new Pass(
            Taps.NONE,
            arena,
            new Pass.Geometry(new long[] {tokens}, tokens, tokens),
            arena.longs(places, 1, tokens),
            null,
            null,
            false,
            0);
    return Objects.requireNonNull(network.forward(pass, arena.longs(ids, 1, tokens)));
  }

  @Override
  public void close() {
    weights.close();
  }
}
