package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.sweep.Place;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.tensor.Tensor;

/** What a sweep puts at its places. */
final class SweepTargets {
  private final SweepAction action;
  private final @Nullable Tensor vector;
  private final Arena arena;
  private final Map<Place, NDArray> means = new HashMap<>();
  private final Map<Place, Long> counts = new HashMap<>();

  SweepTargets(SweepAction action, @Nullable Tensor vector, Arena arena) {
    this.action = action;
    this.vector = vector;
    this.arena = arena;
  }

  SweepAction action() {
    return action;
  }

  /** Adds what a run had at a place to the mean of it. */
  void learn(Place place, NDArray whole) {
    TorchOps ops = TorchOps.get();
    int axis = place.positionAxis();
    NDArray sum = ops.call(arena, "sweep_sum", whole, (long) axis);
    NDArray before = means.get(place);
    means.put(place, before == null ? sum : ops.call(arena, "plus", before, sum));
    counts.merge(place, whole.getShape().get(0) * whole.getShape().get(axis), Long::sum);
  }

  /** What is put into some rows at a place, or broadcast there; as the place's own value. */
  NDArray of(Arena into, SweepBase runs, Place place, NDArray rows, int from) {
    TorchOps ops = TorchOps.get();
    return switch (action) {
      case PATCH -> {
        NDArray site = runs.site(into, runs.source(), place, rows, from);
        NDArray beside = runs.beside(into, runs.source(), place, rows, from);
        yield beside == null
            ? site
            : ops.call(into, "sweep_seen", site, beside, (double) place.sign());
      }
      case ZERO -> Transfer.toEngine(into, Tensor.of(new float[1], 1));
      case MEAN ->
          ops.call(
              into,
              "sweep_mean",
              Objects.requireNonNull(means.get(place)),
              Objects.requireNonNull(counts.get(place)));
      case REPLACE, ADD -> given(into, place);
    };
  }

  private NDArray given(Arena into, Place place) {
    Tensor tensor = Objects.requireNonNull(vector);
    long[] shape = tensor.shape();
    boolean each = shape.length == 1 && shape[0] == place.width();
    boolean perHead =
        place.heads() > 0
            && shape.length == 2
            && shape[0] == place.heads()
            && shape[1] == place.width();
    if (!each && !perHead) {
      throw new RunException(
          "%s of layer %s takes a vector of %s numbers%s, found %s"
              .formatted(
                  place.kind(),
                  place.layer(),
                  place.width(),
                  place.heads() > 0 ? ", or one for each of %s heads".formatted(place.heads()) : "",
                  tensor));
    }
    NDArray array = Transfer.toEngine(into, tensor);
    return each
        ? array
        : TorchOps.get()
            .call(into, "reshape", array, new long[] {1, place.heads(), 1, place.width()});
  }
}
