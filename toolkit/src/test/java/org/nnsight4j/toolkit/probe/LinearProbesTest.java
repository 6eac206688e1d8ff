package org.nnsight4j.toolkit.probe;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.reference.Reference;

final class LinearProbesTest {
  @Test
  void logisticRegressionIsScikitLearns() {
    JsonNode wanted = Reference.json().get("logistic");
    double[][] rows = Reference.matrix(wanted.get("rows"));
    double[] marks = Reference.numbers(wanted.get("labels"));
    boolean[] labels = new boolean[rows.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = marks[i] == 1;
    }
    LogisticRegression fitted = LogisticRegression.fit(rows, labels, wanted.get("c").asDouble());
    double[] best = Reference.numbers(wanted.get("weights"));
    double[] scores = new double[rows.length];
    for (int i = 0; i < 3; i++) {
      assertThat(fitted.weights()[i]).isWithin(1e-6).of(best[i]);
    }
    assertThat(fitted.bias()).isWithin(1e-6).of(best[3]);
    for (int i = 0; i < rows.length; i++) {
      scores[i] = fitted.score(rows[i]);
    }
    assertThat(Quality.auroc(scores, labels)).isWithin(1e-9).of(wanted.get("auroc").asDouble());
  }

  /** Two Gaussians of the same shape: the best direction is the difference of the means. */
  @Test
  void twoGaussiansGiveTheirBayesDirection() {
    Random random = new Random(3);
    double[][] rows = new double[2000][2];
    boolean[] labels = new boolean[rows.length];
    for (int i = 0; i < rows.length; i++) {
      labels[i] = i % 2 == 0;
      rows[i][0] = random.nextGaussian() + (labels[i] ? 1 : -1);
      rows[i][1] = random.nextGaussian() + (labels[i] ? 0.5 : -0.5);
    }
    LogisticRegression fitted = LogisticRegression.fit(rows, labels, 100);
    assertThat(fitted.weights()[0]).isWithin(0.25).of(2);
    assertThat(fitted.weights()[1]).isWithin(0.25).of(1);
    assertThat(fitted.bias()).isWithin(0.2).of(0);
  }

  @Test
  void qualityOfPredictions() {
    boolean[] labels = {true, true, false, false};
    assertThat(Quality.of(new double[] {0.95, 0.85, 0.15, 0.05}, labels).auroc()).isEqualTo(1);
    Quality half = Quality.of(new double[] {0.5, 0.5, 0.5, 0.5}, labels);
    assertThat(half.auroc()).isEqualTo(0.5);
    assertThat(half.calibrationError()).isWithin(1e-12).of(0);
    assertThat(Quality.of(new double[] {0.1, 0.1, 0.9, 0.9}, labels).accuracy()).isEqualTo(0);
    assertThat(Quality.of(new double[] {0.9, 0.9, 0.9, 0.9}, labels).calibrationError())
        .isWithin(1e-12)
        .of(0.4);
  }

  /** The first token says the kind; only its own position and later ones can know it. */
  private static List<long[]> texts(long first, long seed) {
    Random random = new Random(seed);
    List<long[]> texts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      texts.add(
          new long[] {random.nextInt(10), first, 10 + random.nextInt(10), 10 + random.nextInt(10)});
    }
    return texts;
  }

  @Test
  void whatATokenSaysIsReadThereAndNotBefore() throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      List<long[]> heard = new ArrayList<>();
      LinearProbes probes =
          LinearProbes.of(model)
              .positions(0, 1)
              .layers(0, 2)
              .progress((done, all) -> heard.add(new long[] {done, all}));
      LinearProbesResult found = probes.runIds(texts(25, 1), texts(28, 2));
      assertThat(found.auroc(0, 1)).isEqualTo(1);
      assertThat(found.auroc(0, 0)).isWithin(0.25).of(0.5);
      assertThat(found.shuffledAuroc(0, 1)).isWithin(0.2).of(0.5);
      assertThat(found.quality(2, 1).accuracy()).isEqualTo(1);
      assertThat(found.figure().html()).contains("position 1");
      assertThat(found.toString()).contains("layer 2, position 1");
      long parts = texts(25, 1).size() + texts(28, 2).size() + 4L;
      assertThat(heard.stream().map(each -> each[1]).distinct()).containsExactly(parts);
      assertThat(heard.stream().map(each -> each[0]).toList()).isInStrictOrder();
      assertThat(heard.get(heard.size() - 1)).isEqualTo(new long[] {parts, parts});
      assertThat(new ObjectMapper().readTree(found.toJson()).get("probes")).hasSize(4);
      LinearProbesResult again = probes.runIds(texts(25, 1), texts(28, 2));
      assertThat(again.toJson()).isEqualTo(found.toJson());
      LinearProbesResult means =
          probes
              .positions(1)
              .method(LinearProbes.Method.MEAN_DIFFERENCE)
              .runIds(texts(25, 1), texts(28, 2));
      assertThat(means.auroc(-1, 1)).isEqualTo(1);
      assertThat(means.bestLayer(1)).isEqualTo(0);
      assertThat(means.figure().svg()).contains("shuffled labels");
      // The probe itself, called in a run.
      LinearProbe probe = found.probe(0, 1);
      assertThat(score(model, probe, 25)).isGreaterThan(0);
      assertThat(score(model, probe, 28)).isLessThan(0);
    }
  }

  @Test
  void probesOfOtherShapesAreRefusedInWords() {
    assertThat(
            assertThrows(
                IllegalArgumentException.class,
                () -> LinearProbe.of(Tensor.of(new float[8], 8), Tensor.of(new float[1], 1))))
        .hasMessageThat()
        .startsWith("expected weights [out, in], such as [1, width] for one number");
    assertThat(
            assertThrows(
                IllegalArgumentException.class,
                () -> LinearProbe.of(Tensor.of(new float[8], 8, 1), Tensor.of(new float[1], 1))))
        .hasMessageThat()
        .startsWith("expected one bias for each of the 8 outputs");
    assertThat(
            assertThrows(
                RunException.class,
                () ->
                    LogisticRegression.fit(
                        new double[][] {{1, 2}, {3}}, new boolean[] {true, false}, 1)))
        .hasMessageThat()
        .isEqualTo("expected rows of as many numbers each, found 2 in row 0 and 1 in row 1");
  }

  private static double score(LanguageModel<AnyModel> model, LinearProbe probe, long token) {
    return Passes.invoking(
            model,
            List.of(new long[] {4, token}),
            (Invoker<?> invoker, Integer row) ->
                invoker
                    .call("kind", probe, ((AnyModel) invoker.model()).layer(0).output().at(1))
                    .save())
        .get(0)
        .value()
        .item();
  }

  @Test
  void refusesWhatTellsNothing() {
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      LinearProbes probes = LinearProbes.of(model);
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> probes.runIds(texts(25, 1).subList(0, 4), texts(28, 2))))
          .hasMessageThat()
          .isEqualTo("expected 5 texts or more of each kind, one for each fold, found 4 and 20");
      assertThat(assertThrows(RunException.class, () -> probes.runIds(texts(25, 1), texts(25, 1))))
          .hasMessageThat()
          .contains("a text is of both kinds");
      assertThat(assertThrows(RunException.class, () -> probes.folds(1)))
          .hasMessageThat()
          .contains("expected 2 folds or more");
      assertThat(assertThrows(RunException.class, () -> probes.c(0)))
          .hasMessageThat()
          .contains("expected C above 0");
    }
  }
}
