package org.nnsight4j.toolkit.interchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.BarChart;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.train.Trained;

/**
 * A subspace, and how often it brings the counterfactual answer about (interchange intervention
 * accuracy), beside all controls.
 */
public final class DistributedAlignmentResult implements AnalysisResult {
  private final String site;
  private final int dimensions;
  private final Tensor rotation;
  private final Trained trained;
  private final Accuracies found;
  private final int trainPairs;
  private final int testPairs;

  /** All accuracies; on the test pairs if nothing else is said. */
  record Accuracies(
      double train,
      double test,
      double full,
      double none,
      double randomSubspace,
      double matched,
      double shuffledTrain,
      double shuffledTest,
      double randomTrain,
      double randomTest) {}

  DistributedAlignmentResult(
      String site,
      int dimensions,
      Tensor rotation,
      Trained trained,
      Accuracies found,
      int trainPairs,
      int testPairs) {
    this.site = site;
    this.dimensions = dimensions;
    this.rotation = rotation;
    this.trained = trained;
    this.found = found;
    this.trainPairs = trainPairs;
    this.testPairs = testPairs;
  }

  /** {@code R}, {@code [width, dimensions]}, its columns orthonormal. */
  public Tensor rotation() {
    return rotation;
  }

  /** On the test pairs. */
  public double accuracy() {
    return found.test;
  }

  /** On the pairs of the training. */
  public double trainAccuracy() {
    return found.train;
  }

  /** With the whole vector of the source: what no subspace can be much better than. */
  public double fullAccuracy() {
    return found.full;
  }

  /** Without any intervention. */
  public double withoutAccuracy() {
    return found.none;
  }

  /** First control: the mean of random subspaces of the same size. */
  public double randomSubspaceAccuracy() {
    return found.randomSubspace;
  }

  /** The same, with changes as long as those of the trained subspace. */
  public double matchedAccuracy() {
    return found.matched;
  }

  /** Second control: trained on shuffled answers, how many of those are fitted. */
  public double shuffledTrainAccuracy() {
    return found.shuffledTrain;
  }

  /** That subspace on the test pairs with their own answers. */
  public double shuffledAccuracy() {
    return found.shuffledTest;
  }

  /** Third control: trained in the model with random weights, on the pairs of the training. */
  public double randomModelTrainAccuracy() {
    return found.randomTrain;
  }

  /** The same on the test pairs. */
  public double randomModelAccuracy() {
    return found.randomTest;
  }

  /** The loss of each step: the mean of -log p(answer), in nats. */
  public double[] losses() {
    return trained.losses();
  }

  /** The loss by step. */
  public LinePlot lossFigure() {
    return trained.figure();
  }

  @Override
  public BarChart figure() {
    return BarChart.of(
            "%s dimensions of %s: how often the source's answer comes".formatted(dimensions, site),
            "of 1")
        .bar("trained, test", found.test)
        .bar("trained, train", found.train)
        .bar("whole vector", found.full)
        .bar("no intervention", found.none)
        .bar("random subspaces", found.randomSubspace)
        .bar("random, as long", found.matched)
        .bar("shuffled answers, train", found.shuffledTrain)
        .bar("shuffled answers, test", found.shuffledTest)
        .bar("random weights, train", found.randomTrain)
        .bar("random weights, test", found.randomTest);
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("distributed alignment search")
            .put("site", site)
            .put("dimensions", dimensions)
            .put("train_pairs", trainPairs)
            .put("test_pairs", testPairs)
            .put("accuracy", found.test)
            .put("train_accuracy", found.train)
            .put("full_accuracy", found.full)
            .put("without_accuracy", found.none)
            .put("random_subspace_accuracy", found.randomSubspace)
            .put("matched_accuracy", found.matched)
            .put("shuffled_train_accuracy", found.shuffledTrain)
            .put("shuffled_accuracy", found.shuffledTest)
            .put("random_model_train_accuracy", found.randomTrain)
            .put("random_model_accuracy", found.randomTest);
    json.set("losses", Json.numbers(losses()));
    json.set("rotation", Json.matrix(rotation.toDoubleMatrix()));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
