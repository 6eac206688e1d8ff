package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Sweep;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;

/** Sweeps of the embedded model give the numbers of torch's hooks ({@code sweep_fixtures.py}). */
final class SweepMatchesTorchTest {
  private static final String CLEAN = "When Mary and John went to the store, John gave a drink to";
  private static final String CORRUPTED =
      "When John and Mary went to the store, Mary gave a drink to";
  private static final String DIFFERENCE = "difference";
  private static LanguageModel<Gpt2> gpt2;
  private static Map<String, Tensor> expected;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    expected =
        Safetensors.read(
            Path.of("src/test/resources/fixtures/interventions/sweeps/expected.safetensors"));
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static Sweep sweep(SweepSite site) {
    return gpt2.sweep(CLEAN, CORRUPTED)
        .at(site)
        .denoise()
        .metric(DIFFERENCE, Metrics.logitDifference(" Mary", " John"));
  }

  private static void matches(SweepSite site, SweepPlan plan) {
    SweepResult patched = plan.run();
    close(site + " patched", patched.of(DIFFERENCE), expected.get(site + "/patched"));
    close("clean", patched.clean(DIFFERENCE), expected.get("runs/clean"));
    close("corrupted", patched.corrupted(DIFFERENCE), expected.get("runs/corrupted"));
    SweepResult attributed = plan.attribute();
    close(site + " attributed", attributed.of(DIFFERENCE), expected.get(site + "/attributed"));
    close("corrupted", attributed.corrupted(DIFFERENCE), expected.get("runs/corrupted"));
  }

  private static void close(String what, Tensor found, Tensor wanted) {
    assertThat(found.size()).isEqualTo(wanted.size());
    for (int i = 0; i < wanted.size(); i++) {
      assertWithMessage("%s, number %s", what, i).that(found.at(i)).isWithin(1e-4).of(wanted.at(i));
    }
  }

  @Test
  void residualStream() {
    matches(SweepSite.RESID_PRE, sweep(SweepSite.RESID_PRE).plan());
  }

  @Test
  void outputsOfAttentionAndMlp() {
    matches(SweepSite.ATTN_OUT, sweep(SweepSite.ATTN_OUT).plan());
    matches(SweepSite.MLP_OUT, sweep(SweepSite.MLP_OUT).plan());
  }

  @Test
  void heads() {
    matches(SweepSite.Z, sweep(SweepSite.Z).eachHead().allPositions().plan());
  }

  @Test
  void tablesNameTokens() {
    SweepResult result = sweep(SweepSite.RESID_PRE).layers(0, -1).plan().run();
    assertThat(result.axes().get(2).labels()).containsAtLeast("1:Mary", "3:John").inOrder();
    assertThat(result.toString()).contains("1:Mary");
  }

  @Test
  void showsTheTokensOfWhatIsNotAligned() {
    RecordingException e =
        assertThrows(
            RecordingException.class,
            () -> gpt2.sweep("The Eiffel Tower", "The Colosseum of Rome is"));
    assertThat(e)
        .hasMessageThat()
        .containsMatch(
            "pair 0 is not aligned: the clean prompt has [0-9]+ tokens, \\['The', ' Eiffel', ' Tower'\\]; the corrupted one has [0-9]+, \\['The', .*\\]; reword one of them");
    RecordingException many =
        assertThrows(
            RecordingException.class, () -> gpt2.sweep(List.of("The", "of"), List.of("The")));
    assertThat(many).hasMessageThat().contains("expected as many of both, found 2 and 1");
    SweepPlan plan =
        gpt2.sweep(CLEAN, CORRUPTED)
            .at(SweepSite.Z)
            .metric("x", Metrics.probability(" Mary John"))
            .plan();
    RecordingException tokens = assertThrows(RecordingException.class, plan::run);
    assertThat(tokens)
        .hasMessageThat()
        .contains("' Mary John' is 2 tokens, [' Mary', ' John']; a metric needs one token");
  }
}
