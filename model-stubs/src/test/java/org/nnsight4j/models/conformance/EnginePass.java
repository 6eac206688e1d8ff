package org.nnsight4j.models.conformance;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.tensor.DType;

/** A network alone, without what records and runs graphs. */
final class EnginePass implements AutoCloseable {
  private final Weights weights;
  private final Blueprint blueprint;
  private final Network network;
  private final long[] ids;

  EnginePass(Path folder, DType dtype, long[] ids) {
    this(
        folder,
        ids,
        (blueprint, checkpoint) -> {
          try (Weights stored = Weights.load(blueprint, checkpoint, true)) {
            return stored.as(dtype);
          }
        });
  }

  EnginePass(Path folder, long[] ids, BiFunction<Blueprint, Checkpoint, Weights> load) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    ClassLoader loader = EnginePass.class.getClassLoader();
    Family family = Families.require(checkpoint.config().modelType(), loader);
    this.ids = ids;
    this.blueprint = Families.blueprint(family, checkpoint.config());
    this.weights = load.apply(blueprint, checkpoint);
    this.network =
        ServiceLoader.load(NetworkFactory.class, loader).stream()
            .map(ServiceLoader.Provider::get)
            .filter(factory -> factory.architecture().equals(blueprint.architecture()))
            .findFirst()
            .orElseThrow()
            .create(blueprint, Families.named(family, checkpoint).config(), weights);
  }

  Network network() {
    return network;
  }

  Blueprint blueprint() {
    return blueprint;
  }

  /** What is done with the logits of a pass, before its memory is freed. */
  interface Use<R> {
    R of(Arena arena, NDArray logits);
  }

  /** One pass over one row, in which attention runs in steps. */
  <R> R run(Taps taps, int derivatives, Use<R> use) {
    int length = ids.length;
    try (ThreadMode mode = ThreadMode.enter(derivatives > 0);
        Arena arena = Arena.open(network.device())) {
      Pass pass =
          new Pass(
              taps,
              arena,
              new Pass.Geometry(new long[] {length}, length, length),
              arena.longs(LongStream.range(0, length).toArray(), 1, length),
              null,
              null,
              false,
              derivatives);
      NDArray tokens = arena.longs(Arrays.copyOf(ids, length), 1, length);
      return use.of(arena, Objects.requireNonNull(network.forward(pass, tokens)));
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
