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
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * What is read and written at the inputs and outputs of blocks has the bits of the steps, although
 * the blocks run as kernels.
 */
final class BlockEdgesTest {
  private static final long[][] ROWS = {{1}, {6, 6}, {2, 6}};

  @TempDir private Path folder;

  @AfterEach
  void fusedAgain() {
    System.clearProperty("nnsight4j.blocks");
  }

  @TestFactory
  Stream<DynamicTest> readsAndWritesAtTheEdgesOfBlocksHaveTheBitsOfSteps() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> compare(family)));
  }

  private void compare(FamiliesConformTest.Configured family) throws IOException {
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    try (EnginePass pass = new EnginePass(model, DType.FLOAT32, new long[] {3})) {
      for (long[] lengths : ROWS) {
        for (Way way : Way.values()) {
          assertWithMessage("%s, rows of %s", way, Arrays.toString(lengths))
              .that(seen(pass, lengths, "fused", way))
              .isEqualTo(seen(pass, lengths, "steps", way));
        }
      }
    }
  }

  /** What is done at the edges. */
  private enum Way {
    READ,
    READ_LATE,
    WRITE
  }

  /** What the edges show, and the logits. */
  private static List<Tensor> seen(EnginePass pass, long[] lengths, String form, Way way) {
    Edges edges = new Edges(pass.blueprint(), way);
    List<Tensor> all = new ArrayList<>(CachedPasses.logits(pass.network(), lengths, form, edges));
    assertThat(edges.shown).hasSize(CachedPasses.steps(pass.network()) * edges.sites.size());
    all.addAll(edges.shown);
    return all;
  }

  /** Copies each value at the inputs and outputs of blocks, and halves it if it may. */
  private static final class Edges implements EverySite {
    private final Set<Integer> sites;
    private final Way way;
    private final List<Tensor> shown = new ArrayList<>();

    Edges(Blueprint blueprint, Way way) {
      this.way = way;
      this.sites =
          blueprint.sites().stream()
              .filter(site -> site.key().module().matches(".*\\.[01]"))
              .map(SiteSpec::order)
              .collect(Collectors.toSet());
    }

    @Override
    public boolean listens(int site) {
      return sites.contains(site);
    }

    @Override
    public boolean canWait(int site) {
      return !listens(site) || way == Way.READ_LATE;
    }

    @Override
    public boolean replaces(int input) {
      return false;
    }

    @Override
    public NDArray at(int site, NDArray value, Arena arena) {
      shown.add(Transfer.toHost(arena, value));
      return way == Way.WRITE ? TorchOps.get().call(arena, "clipped", value, 0.5) : value;
    }
  }
}
