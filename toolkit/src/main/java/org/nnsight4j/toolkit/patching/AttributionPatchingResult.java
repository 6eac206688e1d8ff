package org.nnsight4j.toolkit.patching;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** First-order estimates of what a patch at each place would do to an answer. */
public final class AttributionPatchingResult implements AnalysisResult {
  private final Measured question;
  private final PromptTokens prompt;
  private final List<String> layers;
  private final SweepSite site;
  private final boolean noise;
  private final double clean;
  private final double corrupted;
  private final List<double[][]> effects;

  AttributionPatchingResult(
      Measured question,
      List<String> layers,
      double clean,
      double corrupted,
      List<double[][]> effects) {
    this.question = question;
    this.prompt = question.clean().get(0);
    this.layers = layers;
    this.site = question.site();
    this.noise = question.noise();
    this.clean = clean;
    this.corrupted = corrupted;
    this.effects = effects;
  }

  /** The measure of the clean run. */
  public double clean() {
    return clean;
  }

  /** The measure of the corrupted run. */
  public double corrupted() {
    return corrupted;
  }

  /**
   * The estimated change of the measure, in its own unit; not divided by the difference of the
   * runs.
   *
   * @param head 0 at places without heads
   */
  public double change(int layer, int position, int head) {
    double[][] heads = effects.get(Index.of("layer", layer, effects.size()));
    if (!site.hasHeads()) {
      Index.onlyZero("head", head, "%s has no heads".formatted(site));
    }
    return heads[Index.of("head", head, heads.length)][prompt.position(position)];
  }

  /** {@link #change} as a share of the difference of the two runs. */
  public double effect(int layer, int position, int head) {
    return change(layer, position, head) / (clean - corrupted);
  }

  /**
   * Spearman's rank correlation with true patches of the same prompts and place: how far the order
   * of places can be trusted. Not a number if either gives all places the same.
   *
   * <p>True patches of heads at all positions together are compared with the sums of the estimates
   * over positions, which are the first-order estimates of that patch.
   *
   * @throws org.nnsight4j.error.RunException if they are of another model, site, direction, answer
   *     or pair of prompts
   */
  public double rankCorrelation(ActivationPatchingResult truth) {
    question.requireSame(truth.question());
    boolean together = !truth.everyPosition();
    List<Double> mine = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int layer = 0; layer < effects.size(); layer++) {
      for (int head = 0; head < effects.get(layer).length; head++) {
        for (int position = 0; position < (together ? 1 : prompt.length()); position++) {
          double effect = truth.effect(layer, position, head);
          if (!Double.isNaN(effect)) {
            mine.add(together ? summed(layer, head) : effect(layer, position, head));
            theirs.add(effect);
          }
        }
      }
    }
    return correlation(ranks(mine), ranks(theirs));
  }

  private double summed(int layer, int head) {
    return Arrays.stream(effects.get(layer)[head]).sum() / (clean - corrupted);
  }

  /** Ranks from 1; equal numbers share their mean rank. */
  private static double[] ranks(List<Double> values) {
    Integer[] order = IntStream.range(0, values.size()).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(values::get));
    double[] ranks = new double[order.length];
    int to;
    for (int from = 0; from < order.length; from = to) {
      to = from + 1;
      while (to < order.length && values.get(order[to]).equals(values.get(order[from]))) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + 1 + to) / 2.0;
      }
    }
    return ranks;
  }

  private static double correlation(double[] a, double[] b) {
    double meanA = Arrays.stream(a).average().orElse(0);
    double meanB = Arrays.stream(b).average().orElse(0);
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (a[i] - meanA) * (b[i] - meanB);
      squareA += (a[i] - meanA) * (a[i] - meanA);
      squareB += (b[i] - meanB) * (b[i] - meanB);
    }
    return product / Math.sqrt(squareA * squareB);
  }

  /** Layers, with heads below one another, by positions. */
  @Override
  public Heatmap figure() {
    double[] all =
        effects.stream().flatMap(Arrays::stream).flatMapToDouble(Arrays::stream).toArray();
    Heatmap heatmap =
        Heatmap.of(
                "Attribution patching of %s (%s): estimated change of the measure"
                    .formatted(site, noise ? "noising" : "denoising"),
                Scale.signedFor(all).unit("change"))
            .columns("layer", prompt.tokens());
    for (int layer = 0; layer < effects.size(); layer++) {
      double[][] heads = effects.get(layer);
      for (int head = 0; head < heads.length; head++) {
        String name = layers.get(layer);
        heatmap =
            heatmap.row(
                heads.length > 1 ? name + " head " + head : name,
                Arrays.stream(heads[head]).mapToObj(Cell::numbered).toList());
      }
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("attribution patching")
            .put("site", site.toString())
            .put("noise", noise)
            .put("clean", clean)
            .put("corrupted", corrupted);
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("layers", Json.strings(layers));
    ArrayNode changes = json.putArray("changes");
    effects.forEach(each -> changes.add(Json.matrix(each)));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
