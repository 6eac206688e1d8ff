package org.nnsight4j.internal.checkpoint;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.checkpoint.TestFiles.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

class WeightMatchTest {
  private static final String WTE = "transformer.wte.weight";
  private static final String PREFIX = "transformer.";
  private static final Set<String> IGNORABLE = Set.of("transformer\\.h\\.\\d+\\.attn\\.bias");
  private static final Map<String, String> TIES = Map.of("lm_head.weight", WTE);

  @TempDir Path directory;

  private Map<String, TensorEntry> match(Map<String, long[]> expected, String... names) {
    return find(expected, names).entries();
  }

  private WeightMatch find(Map<String, long[]> expected, String... names) {
    return WeightMatch.of(
        expected,
        TIES,
        IGNORABLE,
        StoredNames.optionalPrefix(PREFIX),
        Checkpoint.open(model(directory, names)));
  }

  private static Map<String, long[]> expect(String... names) {
    Map<String, long[]> expected = new TreeMap<>();
    for (String name : names) {
      expected.put(name, new long[] {2});
    }
    return expected;
  }

  private String refusal(Map<String, long[]> expected, String... names) {
    return assertThrows(CheckpointException.class, () -> match(expected, names)).getMessage();
  }

  @Test
  void matchesEqualNames() {
    var matched = match(expect(WTE, "transformer.wpe.weight"), WTE, "transformer.wpe.weight");
    assertThat(matched.keySet()).containsExactly(WTE, "transformer.wpe.weight");
  }

  @Test
  void aTiedWeightMayOccurOnceOrTwiceUnderEitherName() {
    assertThat(match(expect(WTE), WTE, "lm_head.weight").keySet())
        .containsExactly(WTE, "lm_head.weight");
    for (String prefix : new String[] {PREFIX, ""}) {
      var other = match(expect(WTE, PREFIX + "a"), "lm_head.weight", prefix + "a");
      assertThat(other.keySet()).containsExactly(WTE, PREFIX + "a");
      assertThat(other.get(WTE).name()).isEqualTo("lm_head.weight");
    }
    assertThat(refusal(expect(WTE, PREFIX + "a"), PREFIX + "a")).contains("1 missing:\n    " + WTE);
  }

  @Test
  void aTiedWeightHasTheShapeOfItsOther() {
    Map<String, long[]> expected = expect();
    expected.put(WTE, new long[] {3});
    String message = refusal(expected, "lm_head.weight");
    assertThat(message).contains("lm_head.weight: expected [3], found [2]");
  }

  @Test
  void unexpectedWeightsAreReportedAndCanBeRefused() {
    WeightMatch match = find(expect("transformer.a"), "transformer.a", "score.weight", "b");
    assertThat(match.entries().keySet()).containsExactly("transformer.a");
    assertThat(match.unexpected()).containsExactly("b", "score.weight").inOrder();
    assertThat(match.warning().orElseThrow())
        .isEqualTo(directory + ": no module takes b, score.weight, so they are not used");
    var refused = assertThrows(CheckpointException.class, match::requireNothingElse);
    assertThat(refused).hasMessageThat().contains("2 unexpected:\n    b\n    score.weight");
    WeightMatch exact = find(expect("transformer.a"), "transformer.a");
    exact.requireNothingElse();
    assertThat(exact.warning()).isEmpty();
  }

  @Test
  void matchesNamesWithoutThePrefix() {
    var matched =
        match(
            expect("transformer.wte.weight", "transformer.h.0.mlp", "score"),
            "wte.weight",
            "h.0.mlp",
            "h.0.attn.bias",
            "score");
    assertThat(matched.get("transformer.wte.weight").name()).isEqualTo("wte.weight");
    assertThat(matched.get("transformer.h.0.mlp").name()).isEqualTo("h.0.mlp");
    assertThat(matched).hasSize(3);
  }

  @Test
  void decidesAboutThePrefixOnce() {
    String message = refusal(expect("transformer.a", "transformer.b"), "transformer.a", "b");
    assertThat(message).contains("1 missing:\n    transformer.b");
    assertThat(message).contains("1 unexpected:\n    b");
  }

  @Test
  void listsEverythingThatIsWrong() {
    Map<String, long[]> expected =
        expect("transformer.h.0.attn.c_attn.weight", "transformer.wpe.weight", "transformer.far");
    expected.put("transformer.wte.weight", new long[] {50257, 768});
    String message =
        refusal(
            expected,
            "transformer.h.0.attn.c_atn.weight",
            "transformer.wte.weight",
            "transformer.wpe.weight");
    assertThat(message).contains(directory.toString());
    assertThat(message).contains("2 missing:");
    assertThat(message)
        .contains(
            "transformer.h.0.attn.c_attn.weight (did you mean \"transformer.h.0.attn.c_atn.weight\"?)");
    assertThat(message).contains("    transformer.far\n");
    assertThat(message).contains("transformer.wte.weight: expected [50257, 768], found [2]");
    assertThat(message).contains("1 unexpected:");
  }

  @Test
  void shortensLongLists() {
    String[] names =
        IntStream.range(0, 25).mapToObj(i -> "transformer.x" + i).toArray(String[]::new);
    String message = refusal(expect("transformer.completely_different"), names);
    assertThat(message).contains("25 unexpected:");
    assertThat(message).contains("and 15 more");
    assertThat(message.lines().count()).isLessThan(20L);
  }

  @Test
  void theResultCannotBeChanged() {
    var matched = match(expect("transformer.a"), "transformer.a");
    assertThrows(UnsupportedOperationException.class, matched::clear);
  }

  private Map<String, TensorEntry> under(StoredNames names, String expected, String... stored) {
    return WeightMatch.of(
            expect(expected.split(" ")),
            Map.of(),
            Set.of(),
            names,
            Checkpoint.open(model(directory, stored)))
        .entries();
  }

  @Test
  void aPrefixMayDiffer() {
    StoredNames names =
        new StoredNames(
            Map.of(
                "model.",
                List.of("language_model.model.", "model.language_model."),
                "lm_head.",
                List.of("language_model.lm_head.")),
            Map.of());
    String expected = "model.a model.b lm_head.weight";
    for (String[] stored :
        new String[][] {
          {"model.a", "model.b", "lm_head.weight"},
          {"language_model.model.a", "language_model.model.b", "language_model.lm_head.weight"},
          {"model.language_model.a", "model.language_model.b", "lm_head.weight"}
        }) {
      Map<String, TensorEntry> found = under(names, expected, stored);
      assertThat(found.get("model.b").name()).isEqualTo(stored[1]);
      assertThat(found.get("lm_head.weight").name()).isEqualTo(stored[2]);
    }
  }

  @Test
  void theMessageNamesThePrefix() {
    StoredNames names = new StoredNames(Map.of("model.", List.of("language_model.")), Map.of());
    CheckpointException refused =
        assertThrows(
            CheckpointException.class, () -> under(names, "model.a model.b", "language_model.a"));
    assertThat(refused)
        .hasMessageThat()
        .contains("(Names start with \"language_model.\" in place of \"model.\".)");
    assertThat(refused).hasMessageThat().contains("1 missing:\n    model.b");
  }

  @Test
  void aWeightMayHaveAnotherName() {
    StoredNames names =
        new StoredNames(
            Map.of(PREFIX, List.of("")),
            Map.of(
                "lm_head.weight",
                List.of("embed_out.weight"),
                "transformer.ln.weight",
                List.of("transformer.ln.gamma")));
    String expected = "lm_head.weight transformer.ln.weight";
    assertThat(under(names, expected, "embed_out.weight", "transformer.ln.gamma").keySet())
        .containsExactly("lm_head.weight", "transformer.ln.weight");
    assertThat(under(names, expected, "lm_head.weight", "ln.gamma").get("transformer.ln.weight"))
        .isNotNull();
  }

  private WeightMatch apartOf(long... stored) {
    Map<String, StoredNames.Part> parts = new TreeMap<>();
    Map<String, long[]> expected = new TreeMap<>();
    for (int i = 0; i < 2; i++) {
      expected.put("model.experts." + i, new long[] {3});
      parts.put("model.experts." + i, new StoredNames.Part("model.all", List.of(2L, 3L), 3 * i));
    }
    Safetensors.write(
        directory.resolve("model.safetensors"),
        Map.of("model.all", Tensor.of(new float[(int) (stored[0] * stored[1])], stored)),
        Map.of());
    return WeightMatch.of(
        expected,
        Map.of(),
        Set.of(),
        StoredNames.OWN.withParts(parts),
        Checkpoint.open(model(directory)));
  }

  @Test
  void aWeightMayBeAPartOfALargerOne() {
    WeightMatch match = apartOf(2, 3);
    TensorEntry second = match.entries().get("model.experts.1");
    assertThat(second.shape()).isEqualTo(new long[] {3});
    assertThat(second.byteLength()).isEqualTo(12);
    assertThat(second.offset() - match.entries().get("model.experts.0").offset()).isEqualTo(12);
    assertThat(match.unexpected()).isEmpty();
  }

  @Test
  void aLargerOneOfAnotherShapeIsRefusedOnce() {
    assertThat(assertThrows(CheckpointException.class, () -> apartOf(3, 2)))
        .hasMessageThat()
        .endsWith("1 of another shape:\n    model.all: expected [2, 3], found [3, 2]");
  }
}
