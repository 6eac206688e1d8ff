package org.nnsight4j.toolkit.steering;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Activations;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.Principal;
import org.nnsight4j.toolkit.internal.PromptTokens;

/**
 * Finds directions of the residual stream from two lists of texts, at one position of each, for
 * each layer's output:
 *
 * <ul>
 *   <li>{@link #differenceOfMeans}: {@code mean(h+) - mean(h-)} (ActAdd, Turner et al. 2023; the
 *       refusal direction, Arditi et al. 2024). Contrastive activation addition (CAA, Rimsky et al.
 *       2024) is the same on texts that end in the answer's letter.
 *   <li>{@link #principalComponent}: the first principal component of pairs, each centred at its
 *       middle (repeng's {@code pca_center}), of length 1, with the sign that more of the positive
 *       texts have.
 * </ul>
 *
 * <pre>{@code
 * SteeringVector happy = SteeringVectors.of(gpt2).position(-1).differenceOfMeans(happyTexts, sadTexts);
 * }</pre>
 *
 * <p>Immutable.
 */
public final class SteeringVectors {
  private final LanguageModel<?> model;
  private final List<Integer> layers;
  private final int position;
  private final Progress progress;

  private SteeringVectors(
      LanguageModel<?> model, List<Integer> layers, int position, Progress progress) {
    this.model = model;
    this.layers = List.copyOf(layers);
    this.position = position;
    this.progress = progress;
  }

  /** All layers of a decoder, at the last token of each text. */
  public static SteeringVectors of(LanguageModel<?> model) {
    return new SteeringVectors(
        model, IntStream.range(0, Passes.layers(model)).boxed().toList(), -1, Progress.NONE);
  }

  /** Only these layers: from 0, or from -1 backwards. */
  public SteeringVectors layers(int... some) {
    if (some.length == 0) {
      throw new RunException("expected a layer or more, found none");
    }
    List<Integer> chosen =
        IntStream.of(some)
            .map(each -> Passes.layer(model, each))
            .sorted()
            .distinct()
            .boxed()
            .toList();
    return new SteeringVectors(model, chosen, position, progress);
  }

  /** The position of each text whose activations are taken: from 0, or from -1 backwards. */
  public SteeringVectors position(int at) {
    return new SteeringVectors(model, layers, at, progress);
  }

  /** Listens to the work: one part is one text. */
  public SteeringVectors progress(Progress listener) {
    return new SteeringVectors(model, layers, position, Progress.required(listener));
  }

  /** What finding a direction will do. */
  public Cost cost(List<String> positive, List<String> negative) {
    List<PromptTokens> all = new ArrayList<>(PromptTokens.all(model, positive));
    all.addAll(PromptTokens.all(model, negative));
    return Cost.of(
        all.size(),
        all.stream().mapToLong(PromptTokens::length).sum(),
        8L * all.size() * layers.size() * Passes.width(model));
  }

  /** The difference of the two means. */
  public SteeringVector differenceOfMeans(List<String> positive, List<String> negative) {
    return found(
        "difference of means",
        positive,
        negative,
        (plus, minus) -> Numbers.minus(Numbers.mean(plus), Numbers.mean(minus)));
  }

  /**
   * The first principal component of pairs: the n-th positive text belongs to the n-th negative
   * one.
   *
   * @throws RunException if there are not as many of both
   */
  public SteeringVector principalComponent(List<String> positive, List<String> negative) {
    if (positive.size() != negative.size()) {
      throw new RunException(
          "expected pairs, as many positive texts as negative ones, found %s and %s"
              .formatted(positive.size(), negative.size()));
    }
    return found("principal component", positive, negative, SteeringVectors::component);
  }

  /** How a direction comes from activations of one layer. */
  private interface Method {
    double[] direction(List<double[]> positive, List<double[]> negative);
  }

  static double[] component(List<double[]> positive, List<double[]> negative) {
    List<double[]> centred = new ArrayList<>();
    for (int i = 0; i < positive.size(); i++) {
      double[] middle = Numbers.mean(List.of(positive.get(i), negative.get(i)));
      centred.add(Numbers.minus(positive.get(i), middle));
      centred.add(Numbers.minus(negative.get(i), middle));
    }
    double[] direction = Principal.first(centred);
    int larger = 0;
    for (int i = 0; i < positive.size(); i++) {
      larger +=
          Numbers.dot(positive.get(i), direction) > Numbers.dot(negative.get(i), direction)
              ? 1
              : -1;
    }
    return larger < 0 ? Numbers.times(direction, -1) : direction;
  }

  private SteeringVector found(
      String name, List<String> positive, List<String> negative, Method method) {
    List<PromptTokens> prompts = new ArrayList<>(PromptTokens.all(model, positive));
    prompts.addAll(PromptTokens.all(model, negative));
    double[][][] all = Activations.of(model, prompts, layers, List.of(position), progress);
    SortedMap<Integer, SteeringVector.Direction> directions = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      List<double[]> plus = new ArrayList<>();
      List<double[]> minus = new ArrayList<>();
      for (int row = 0; row < all.length; row++) {
        (row < positive.size() ? plus : minus).add(all[row][i]);
      }
      double[] direction = method.direction(plus, minus);
      directions.put(layers.get(i), SteeringVector.Direction.of(direction, plus, minus));
    }
    return new SteeringVector(name, model.config().modelType(), directions);
  }
}
