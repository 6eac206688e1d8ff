package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Blocks that run as one kernel give the bits of the steps, in every family. */
final class BlocksTest {
  private static final String PROPERTY = "nnsight4j.blocks";

  @TempDir private Path folder;

  @AfterEach
  void fusedAgain() {
    System.clearProperty(PROPERTY);
  }

  @TestFactory
  Stream<DynamicTest> oneKernelGivesTheBitsOfSteps() {
    return FamiliesConformTest.all()
        .filter(family -> !family.name().equals("bert"))
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> compare(family)));
  }

  private void compare(FamiliesConformTest.Configured family) throws IOException {
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    try (EnginePass pass = new EnginePass(model, DType.FLOAT32, new long[] {3})) {
      for (long[] lengths : new long[][] {{1}, {6}, {6, 6}, {2, 6}}) {
        List<Tensor> steps = logits(pass.network(), lengths, "steps");
        List<Tensor> fused = logits(pass.network(), lengths, "fused");
        assertThat(fused).hasSize(3);
        for (int i = 0; i < steps.size(); i++) {
          assertWithMessage("pass %s of rows of %s", i, Arrays.toString(lengths))
              .that(fused.get(i).toFloatArray())
              .isEqualTo(steps.get(i).toFloatArray());
        }
      }
    }
  }

  /** A prompt, and two more tokens with the cache. */
  private static List<Tensor> logits(Network network, long[] lengths, String form) {
    System.setProperty(PROPERTY, form);
    List<Tensor> all = new ArrayList<>();
    int prompt = (int) Arrays.stream(lengths).max().orElseThrow();
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open();
        KvCache cache = new KvCache(arena, network.layers(), prompt + 2, false)) {
      for (int step = 0; step < 3; step++) {
        int more = step;
        long[] seen = Arrays.stream(lengths).map(length -> length + more).toArray();
        int positions = step == 0 ? prompt : 1;
        all.add(logits(network, arena, cache, seen, positions, prompt + step));
        cache.advance(positions);
      }
    }
    return all;
  }

  private static Tensor logits(
      Network network, Arena arena, KvCache cache, long[] lengths, int positions, int keys) {
    long[] ids = new long[lengths.length * positions];
    long[] places = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      int row = i / positions;
      long place = lengths[row] - positions + i % positions;
      places[i] = Math.max(0, place);
      ids[i] = place < 0 ? 0 : (3 + 5 * place + row) % 13;
    }
    NDArray rows = arena.longs(lengths, lengths.length);
    boolean padded = Arrays.stream(lengths).distinct().count() > 1;
    NDArray mask =
        padded
            ? TorchOps.get().call(arena, "padding_mask", rows, (long) positions, (long) keys)
            : null;
    Pass pass =
        new Pass(
            Taps.NONE,
            arena,
            new Pass.Geometry(lengths, positions, keys),
            arena.longs(places, lengths.length, positions),
            mask,
            cache,
            false,
            0);
    NDArray tokens = arena.longs(ids, lengths.length, positions);
    return Transfer.toHost(arena, Objects.requireNonNull(network.forward(pass, tokens)));
  }
}
