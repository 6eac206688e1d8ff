package org.nnsight4j.models.gpt2.descriptor;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Pinning;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;
import org.nnsight4j.models.gpt2.DistilGpt2Model;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2LargeModel;
import org.nnsight4j.models.gpt2.Gpt2MediumModel;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.gpt2.Gpt2Small;
import org.nnsight4j.models.gpt2.Gpt2SmallModel;
import org.nnsight4j.models.gpt2.Gpt2XlModel;
import org.nnsight4j.values.Saved;

/** Descriptor, snapshot and checkpoint agree, or say where they do not. */
class PinnedTest {
  @TempDir Path folder;

  /** Code for the family takes a model that was opened by its size. */
  @Test
  void codeForTheFamilyAcceptsIt() {
    try (LanguageModel<EmbeddedGpt2> pinned = EmbeddedGpt2.open()) {
      LanguageModel<Gpt2> any = pinned.as(Gpt2.class);
      LanguageModel<? extends Gpt2> same = pinned;
      assertThat(any).isSameInstanceAs(same);
      Saved<Gpt2.Hidden> found =
          any.trace("Rome", model -> model.transformer().h(3).output(0).save());
      assertThat(found.value().shape(-1)).isEqualTo(128);
      IllegalArgumentException error =
          assertThrows(IllegalArgumentException.class, () -> pinned.as(Gpt2Small.class));
      assertThat(error)
          .hasMessageThat()
          .isEqualTo("this model was opened with EmbeddedGpt2Model, which is no Gpt2Small");
    }
  }

  static Stream<Arguments> sizes() {
    return Stream.of(
        Arguments.of(new Gpt2SmallModel(), 12, 768, 12, 124_439_808L),
        Arguments.of(new Gpt2MediumModel(), 24, 1024, 16, 354_823_168L),
        Arguments.of(new Gpt2LargeModel(), 36, 1280, 20, 774_030_080L),
        Arguments.of(new Gpt2XlModel(), 48, 1600, 25, 1_557_611_200L),
        Arguments.of(new DistilGpt2Model(), 6, 768, 12, 81_912_576L));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void agreesWithItsSnapshotAndItsConfiguration(
      Model<?> model, int layers, int hidden, int heads, long parameters) throws Exception {
    Path checkpoint = checkpoint(layers, hidden, heads);
    Pinning.check(model);
    LanguageModel.open(model, checkpoint).close();

    // The published number of parameters: a snapshot of the wrong size could agree with itself.
    LayerSnapshot snapshot = Snapshots.of(checkpoint);
    long counted =
        snapshot.modules().entrySet().stream()
            .mapToLong(
                module ->
                    (module.getKey().contains("*") ? layers : 1)
                        * module.getValue().weights().values().stream()
                            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
                            .sum())
            .sum();
    assertThat(counted).isEqualTo(parameters);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void refusesAnotherSize(Model<?> model, int layers, int hidden, int heads, long parameters)
      throws Exception {
    Path other = checkpoint(layers + 1, hidden, heads);
    CheckpointException opened =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(model, other));
    assertThat(opened)
        .hasMessageThat()
        .containsMatch(
            "\n  \\[LayerCount] transformer\\.h\\.\\* is there %s times in [a-z2-]+\\.layers\\.json, %s times here"
                .formatted(layers, layers + 1));
    assertThat(opened).hasMessageThat().startsWith(other + " does not agree with ");
    assertThat(assertThrows(CheckpointException.class, () -> Pinning.check(model, other)))
        .hasMessageThat()
        .isEqualTo(opened.getMessage());
  }

  @Test
  void reportsWidthsOnce() {
    CheckpointException refused =
        assertThrows(
            CheckpointException.class,
            () -> LanguageModel.open(new Gpt2SmallModel(), EmbeddedGpt2.directory()));
    assertThat(refused)
        .hasMessageThat()
        .isEqualTo(
            EmbeddedGpt2.directory()
                + " does not agree with gpt2.layers.json, to which Gpt2Small is pinned; open it"
                + " with a descriptor of its own size, or write the snapshot anew with 'nnsight4j"
                + " describe --snapshot':\n"
                + "  [LayerCount] transformer.h.* is there 12 times in gpt2.layers.json, 4 times here\n"
                + "  headdim is 64 wide in gpt2.layers.json, 32 here\n"
                + "  hidden is 768 wide in gpt2.layers.json, 128 here\n"
                + "  inner is 3072 wide in gpt2.layers.json, 512 here\n"
                + "  qkv is 2304 wide in gpt2.layers.json, 384 here\n"
                + "  vocab is 50257 wide in gpt2.layers.json, %s here".formatted(vocabulary()));
  }

  private static int vocabulary() {
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
      return model.blueprint().vocabularySize();
    }
  }

  @Test
  void nothingIsPinnedHere() {
    assertThrows(IllegalArgumentException.class, () -> Pinning.check(new Gpt2Model()));
  }

  private Path checkpoint(int layers, int hidden, int heads) throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "gpt2", "n_layer": %s, "n_embd": %s, "n_head": %s, "vocab_size": 50257,
         "n_positions": 1024, "activation_function": "gelu_new"}
        """
            .formatted(layers, hidden, heads));
    return folder;
  }
}
