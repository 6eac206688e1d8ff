package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Sweep;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepMetric;
import org.nnsight4j.sweep.SweepReport;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;

/** What a sweep can do, what it reports, and what it refuses. */
final class SweepTest {
  private static final String GPT2 =
      """
      {"model_type": "gpt2", "n_layer": 3, "n_head": 2, "n_embd": 8, "n_positions": 16,
       "vocab_size": 13}
      """;
  private static final long[][] CLEAN = {{3, 9, 1, 4, 8, 2}, {5, 5, 7, 0, 11, 6}};
  private static final long[][] CORRUPTED = {{3, 9, 10, 4, 8, 12}, {5, 5, 7, 0, 2, 6}};
  private static LanguageModel<AnyModel> model;

  @BeforeAll
  static void open() {
    model = SweepOracle.open(GPT2);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Sweep measured(Sweep sweep) {
    return sweep
        .metric("difference", Metrics.logitDifference(3, 7))
        .metric(SweepOracle.LARGEST, SweepOracle.LARGEST_LOGIT);
  }

  private static Sweep pairs() {
    return measured(model.sweep(CLEAN, CORRUPTED));
  }

  @Test
  void reportsWhatItComputes() {
    SweepReport report = pairs().at(SweepSite.RESID_PRE).denoise().plan().report();
    // 3 layers of 6 positions; the first pair differs from position 2 on, the second from 4 on.
    assertThat(report.cells()).isEqualTo(2 * 3 * 6);
    assertThat(report.computed()).isEqualTo(3 * (4 + 2));
    // Of 18 block-tokens a prompt: 6 for the three layers' blocks times 4+3+2+1 and 2+1 positions,
    // the two runs, and the second one's begins at position 2.
    double blockTokens = 6.0 * (10 + 3) + 2 * 18 + 2 * 3 * 4;
    assertThat(report.forwards()).isWithin(1e-9).of(blockTokens / 36);
    assertThat(report.naiveForwards()).isEqualTo(18.0);
    assertThat(report.toString())
        .matches(
            "2 prompts x 3 layers x 6 positions: 36 cells, 18 computed, 3\\.8 forward equivalents instead of 18\\.0 \\(4\\.7 times less\\), about [0-9.]+ MB, 4 chunks");
  }

  @Test
  void promptsOfSeveralLengthsStandBesideEachOther() {
    long[][] clean = {CLEAN[0], {2, 6, 1}, CLEAN[1]};
    long[][] corrupted = {CORRUPTED[0], {2, 7, 1}, CORRUPTED[1]};
    SweepPlan plan =
        measured(model.sweep(clean, corrupted)).at(SweepSite.RESID_PRE).denoise().plan();
    SweepResult result = SweepOracle.checked(plan);
    Tensor cells = result.of("difference");
    assertThat(cells.shape()).isEqualTo(new long[] {3, 3, 6});
    assertThat(cells.get(1, 0, 2)).isFinite();
    assertThat(cells.get(1, 0, 3)).isNaN();
    // The same prompt alone has the same numbers.
    SweepResult alone =
        measured(model.sweep(new long[][] {{2, 6, 1}}, new long[][] {{2, 7, 1}}))
            .at(SweepSite.RESID_PRE)
            .denoise()
            .plan()
            .run();
    assertThat(alone.of("difference").get(0, 1, 1)).isWithin(1e-5).of(cells.get(1, 1, 1));
    // From the end, all prompts have the position.
    SweepResult last =
        SweepOracle.checked(
            measured(model.sweep(clean, corrupted))
                .at(SweepSite.MLP_OUT)
                .positions(-1, -2)
                .noise()
                .plan());
    assertThat(last.of("difference").get(1, 0, 1)).isFinite();
  }

  @Test
  void ablatesAndAdds() {
    Tensor vector = Tensor.of(new float[] {1, -2, 3, 0, 1, 1, -1, 2}, 8);
    Tensor head = Tensor.of(new float[] {1, -2, 3, 0}, 4);
    Tensor heads = Tensor.of(new float[] {1, -2, 3, 0, 1, 1, -1, 2}, 2, 4);
    Sweep alone = measured(model.sweep(new long[][] {CLEAN[0], CLEAN[1], {4, 4}}));
    Sweep stream = alone.at(SweepSite.RESID_PRE, SweepSite.RESID_MID, SweepSite.ATTN_OUT);
    var zero = SweepOracle.checked(stream.zero().layers(1).plan());
    assertThat(zero.toString()).doesNotContain("corrupted");
    var mean = SweepOracle.checked(stream.mean().layers(0, -1).positions(0, -1).plan());
    var put = SweepOracle.checked(stream.replace(vector).layers(0, 2).positions(1).plan());
    var added =
        SweepOracle.checked(
            stream.add(vector).layers(0, 2).allPositions().strengths(-1, 0, 0.5, 2).plan());
    assertThat(zero.axes().stream().map(SweepResult.Axis::name))
        .containsExactly("prompt", "site", "layer", "position")
        .inOrder();
    assertThat(added.axes().stream().map(SweepResult.Axis::name))
        .containsExactly("prompt", "site", "layer", "strength")
        .inOrder();
    // A strength of 0 changes nothing.
    assertThat(added.of("difference").get(1, 2, 0, 1)).isEqualTo(added.clean("difference").get(1));
    assertThat(put.of("difference").get(0, 0, 0, 0))
        .isNotEqualTo(mean.of("difference").get(0, 0, 0, 1));
    Sweep inner = alone.at(SweepSite.Z, SweepSite.V).layers(-1, 0).allPositions();
    var unused =
        List.of(
            SweepOracle.checked(inner.add(head).eachHead().plan()),
            SweepOracle.checked(inner.replace(heads).plan()),
            SweepOracle.checked(inner.mean().heads(1).plan()));
  }

  @Test
  void littleMemoryMeansMorePartsAndTheSameNumbers() {
    Sweep sweep = pairs().at(SweepSite.RESID_PRE, SweepSite.Z).denoise();
    SweepPlan whole = sweep.plan();
    SweepPlan parts = sweep.maxBytes(30_000).plan();
    assertThat(parts.report().bytes()).isAtMost(30_000);
    assertThat(parts.report().chunks()).isGreaterThan(2 * whole.report().chunks());
    Tensor expected = whole.run().of("difference");
    Tensor found = SweepOracle.checked(parts).of("difference");
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.at(i)).isWithin(1e-5).of(expected.at(i));
    }
    PlanningException e = assertThrows(PlanningException.class, () -> sweep.maxBytes(100).plan());
    assertThat(e)
        .hasMessageThat()
        .matches(
            "one pair of prompts of 6 tokens needs about [0-9]+ bytes, this sweep may take 100; give it more with maxBytes\\(...\\)");
  }

  @Test
  void measuresWhatIsRecorded() {
    SweepMetric own =
        logits ->
            logits.changed().sub(logits.corrupted()).get(":, 4").mul(logits.clean().get(":, 5"));
    SweepResult result =
        SweepOracle.checked(
            pairs()
                .metric("own", own)
                .metric("probability", Metrics.probability(3))
                .metric("log probability", Metrics.logProbability(3))
                .metric("each", Metrics.logitDifference(new long[] {1, 2}, new long[] {3, 4}))
                .metric("kl", Metrics.klFromCorrupted())
                .at(SweepSite.RESID_POST)
                .noise()
                .plan());
    assertThat(result.names())
        .containsExactly(
            "difference",
            SweepOracle.LARGEST,
            "own",
            "probability",
            "log probability",
            "each",
            "kl")
        .inOrder();
    assertThat(result.corrupted("own").get(0)).isEqualTo(0.0);
    double probability = result.of("probability").get(0, 0, 3);
    assertThat(result.of("log probability").get(0, 0, 3)).isWithin(1e-5).of(Math.log(probability));
    // The whole last residual stream of the corrupted run has its answer.
    assertThat(result.normalized("difference").get(0, 2, 5)).isWithin(1e-5).of(0.0);
    assertThat(result.of("kl").get(0, 2, 5)).isWithin(1e-5).of(0.0);
    // What comes before the first difference changes nothing.
    assertThat(result.normalized("difference").get(0, 0, 1)).isEqualTo(1.0);
  }

  @Test
  void attributionIsTheSlopeOfTheSweep() {
    // A hundredth of each change changes the metric by a hundredth of what attribution says.
    double small = 1e-2;
    long[][] clean = {CLEAN[0], {2, 6, 1}};
    long[][] corrupted = {CORRUPTED[0], {2, 7, 1}};
    for (SweepSite site : SweepSite.values()) {
      Sweep sweep =
          measured(model.sweep(clean, corrupted)).at(site).layers(1).positions(-1, 3).noise();
      SweepResult whole = sweep.plan().attribute();
      SweepResult little = sweep.strengths(small, -small).plan().run();
      Tensor slopes = whole.of("difference");
      for (int cell = 0; cell < slopes.size(); cell++) {
        double change =
            (little.of("difference").at(2 * cell) - little.of("difference").at(2 * cell + 1))
                / (2 * small);
        double attributed = slopes.at(cell) - whole.clean("difference").at(cell / 2);
        if (Double.isNaN(attributed)) {
          assertThat(change).isNaN();
        } else {
          assertWithMessage("%s, cell %s", site, cell)
              .that(change)
              .isWithin(2e-3 + 0.02 * Math.abs(attributed))
              .of(attributed);
        }
      }
    }
  }

  @Test
  void equalPromptsNeedNoCell() {
    SweepPlan plan = measured(model.sweep(CLEAN, CLEAN)).at(SweepSite.RESID_PRE).denoise().plan();
    assertThat(plan.report().computed()).isEqualTo(0);
    SweepResult result = SweepOracle.checked(plan);
    assertThat(result.of("difference").get(1, 2, 3)).isEqualTo(result.clean("difference").get(1));
  }

  @Test
  void tellsHowFarItIs() {
    List<Integer> heard = new ArrayList<>();
    SweepPlan plan = pairs().at(SweepSite.RESID_PRE).denoise().plan();
    var unused =
        plan.run(
            (done, of) -> {
              assertThat(done).isEqualTo(heard.size());
              heard.add(of);
            });
    // Two runs of three blocks, and one chunk of three blocks for each of four positions.
    assertThat(heard).hasSize(6 + 12);
    assertThat(heard.get(0)).isEqualTo(18);
    UnsupportedOperationException stop = new UnsupportedOperationException("enough");
    UnsupportedOperationException e =
        assertThrows(
            UnsupportedOperationException.class,
            () ->
                plan.run(
                    (done, of) -> {
                      throw stop;
                    }));
    assertThat(e).isSameInstanceAs(stop);
  }

  @Test
  void printsATable() {
    SweepResult result = pairs().at(SweepSite.RESID_PRE).positions(2, -1).denoise().plan().run();
    assertThat(result.toString())
        .matches(
            "(?s)difference \\(clean -?[0-9.]+, corrupted -?[0-9.]+\\)\\R +2 +-1\\R0( +-?[0-9.]+){2}\\R1.*");
  }

  @Test
  void refusesWhatItCannotDo() {
    RecordingException apart =
        assertThrows(
            RecordingException.class,
            () -> model.sweep(new long[][] {{1, 2, 3}}, new long[][] {{1, 2}}));
    assertThat(apart)
        .hasMessageThat()
        .contains(
            "pair 0 is not aligned: the clean prompt has 3 tokens, [1, 2, 3]; the corrupted one has 2, [1, 2]; reword one of them");
    RecordingException none =
        assertThrows(RecordingException.class, () -> pairs().denoise().plan());
    assertThat(none).hasMessageThat().contains("the sweep has no site");
    PlanningException heads =
        assertThrows(
            PlanningException.class, () -> pairs().at(SweepSite.RESID_PRE).eachHead().plan());
    assertThat(heads).hasMessageThat().contains("resid_pre has no heads");
    PlanningException layer =
        assertThrows(
            PlanningException.class, () -> pairs().at(SweepSite.RESID_PRE).layers(3).plan());
    assertThat(layer).hasMessageThat().contains("layer 3 does not exist: this model has 3");
    PlanningException pattern =
        assertThrows(PlanningException.class, () -> pairs().at(SweepSite.PATTERN).mean().plan());
    assertThat(pattern).hasMessageThat().contains("a pattern has as many numbers as");
    RecordingException alone =
        assertThrows(RecordingException.class, () -> model.sweep(CLEAN).denoise());
    assertThat(alone).hasMessageThat().contains("denoise needs two texts for each prompt");
    RecordingException action =
        assertThrows(
            RecordingException.class,
            () -> measured(model.sweep(CLEAN)).at(SweepSite.RESID_PRE).plan());
    assertThat(action)
        .hasMessageThat()
        .contains(
            "the sweep has no intervention; over texts that stand alone, call zero(), mean()");
    RecordingException shape =
        assertThrows(
            RecordingException.class,
            () ->
                model
                    .sweep(CLEAN, CORRUPTED)
                    .at(SweepSite.Z)
                    .metric("all", logits -> logits.changed())
                    .plan()
                    .run());
    assertThat(shape)
        .hasMessageThat()
        .contains("the metric 'all': expected one number for each prompt, [prompt], found");
    RunException wide =
        assertThrows(
            RunException.class,
            () -> pairs().at(SweepSite.Z).add(Tensor.of(new float[] {1, 2}, 2)).plan().run());
    assertThat(wide).hasMessageThat().contains("z of layer 0 takes a vector of 4 numbers");
  }

  @Test
  void parallelBlocksHaveNoMiddle() {
    try (LanguageModel<AnyModel> pythia =
        SweepOracle.open(
            """
            {"model_type": "gpt_neox", "num_hidden_layers": 1, "hidden_size": 12,
             "vocab_size": 13, "num_attention_heads": 2, "intermediate_size": 5}
            """)) {
      PlanningException e =
          assertThrows(
              PlanningException.class,
              () -> measured(pythia.sweep(CLEAN)).at(SweepSite.RESID_MID).zero().plan());
      assertThat(e)
          .hasMessageThat()
          .contains(
              "gpt_neox.layers.0 has no resid_mid: its attention and its MLP read the same input; sweep attn_out and mlp_out instead");
    }
  }
}
