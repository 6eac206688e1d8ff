package org.nnsight4j.toolkit.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Activations;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;

/**
 * Linear probes of the residual stream after each layer: can two kinds of texts be told apart there
 * by a linear function (Alain and Bengio 2016; Marks and Tegmark 2023)?
 *
 * <pre>{@code
 * LinearProbesResult probes = LinearProbes.of(gpt2).positions(-1).run(trueTexts, falseTexts);
 * probes.auroc(2, -1);
 * }</pre>
 *
 * <p>Numbers are of texts that a probe was not fitted on: texts are dealt into folds, and each fold
 * is predicted by a probe of the others. The same is done with labels that are shuffled; a probe
 * whose AUROC is not well above that control has learnt nothing. That a probe can read something
 * does not say that the model uses it. Features are standardised with the fitted texts' mean and
 * deviation. Immutable; the same seed gives the same numbers.
 */
public final class LinearProbes {
  /** How a probe is fitted. */
  public enum Method {
    /** {@link LogisticRegression}. */
    LOGISTIC,
    /** The difference of the two means, with the threshold in the middle. */
    MEAN_DIFFERENCE
  }

  private final LanguageModel<?> model;
  private final List<Integer> layers;
  private final List<Integer> positions;
  private final Fitting fitting;
  private final Progress progress;

  /** All about fitting. */
  record Fitting(Method method, double c, int folds, int shuffles, long seed) {}

  private LinearProbes(
      LanguageModel<?> model,
      List<Integer> layers,
      List<Integer> positions,
      Fitting fitting,
      Progress progress) {
    this.model = model;
    this.layers = List.copyOf(layers);
    this.positions = List.copyOf(positions);
    this.fitting = fitting;
    this.progress = progress;
  }

  /** Logistic probes at the last token, after each layer. */
  public static LinearProbes of(LanguageModel<?> model) {
    return new LinearProbes(
        model,
        IntStream.range(0, Passes.layers(model)).boxed().toList(),
        List.of(-1),
        new Fitting(Method.LOGISTIC, 1, 5, 5, 0),
        Progress.NONE);
  }

  /** Only these layers: from 0, or from -1 backwards. */
  public LinearProbes layers(int... some) {
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
    return new LinearProbes(model, chosen, positions, fitting, progress);
  }

  /** The positions to probe, one after the other: from 0, or from -1 backwards. */
  public LinearProbes positions(int... some) {
    if (some.length == 0) {
      throw new RunException("expected a position or more, found none");
    }
    return new LinearProbes(
        model, layers, IntStream.of(some).distinct().boxed().toList(), fitting, progress);
  }

  /** Another way of fitting. */
  public LinearProbes method(Method other) {
    return with(new Fitting(other, fitting.c, fitting.folds, fitting.shuffles, fitting.seed));
  }

  /** scikit-learn's {@code C} of logistic regression: the smaller, the stronger the penalty. */
  public LinearProbes c(double number) {
    if (!(number > 0)) {
      throw new RunException("expected C above 0, found " + number);
    }
    return with(new Fitting(fitting.method, number, fitting.folds, fitting.shuffles, fitting.seed));
  }

  /** The number of folds, 2 or more. */
  public LinearProbes folds(int count) {
    if (count < 2) {
      throw new RunException("expected 2 folds or more, found " + count);
    }
    return with(new Fitting(fitting.method, fitting.c, count, fitting.shuffles, fitting.seed));
  }

  /** How often labels are shuffled for the control, 1 or more. */
  public LinearProbes shuffles(int count) {
    if (count < 1) {
      throw new RunException("expected a shuffle or more for the control, found " + count);
    }
    return with(new Fitting(fitting.method, fitting.c, fitting.folds, count, fitting.seed));
  }

  /** The seed of folds and shuffles. */
  public LinearProbes seed(long number) {
    return with(new Fitting(fitting.method, fitting.c, fitting.folds, fitting.shuffles, number));
  }

  private LinearProbes with(Fitting other) {
    return new LinearProbes(model, layers, positions, other, progress);
  }

  /** Listens to the work: one part is one text, or one probe with its controls. */
  public LinearProbes progress(Progress listener) {
    return new LinearProbes(model, layers, positions, fitting, Progress.required(listener));
  }

  /** What {@link #run} will do; fitting comes on top. */
  public Cost cost(List<String> positive, List<String> negative) {
    List<PromptTokens> all = prompts(positive, negative);
    return Cost.of(
        all.size(),
        all.stream().mapToLong(PromptTokens::length).sum(),
        8L * all.size() * layers.size() * positions.size() * Passes.width(model));
  }

  private List<PromptTokens> prompts(List<String> positive, List<String> negative) {
    List<PromptTokens> all = new ArrayList<>(PromptTokens.all(model, positive));
    all.addAll(PromptTokens.all(model, negative));
    return all;
  }

  /**
   * Runs on two kinds of texts.
   *
   * @throws RunException if a kind has fewer texts than there are folds, or a text is in both
   */
  public LinearProbesResult run(List<String> positive, List<String> negative) {
    return runAll(prompts(positive, negative), positive.size());
  }

  /** {@link #run(List, List)} on token ids. */
  public LinearProbesResult runIds(List<long[]> positive, List<long[]> negative) {
    List<PromptTokens> all = new ArrayList<>();
    positive.forEach(ids -> all.add(PromptTokens.of(model, ids)));
    negative.forEach(ids -> all.add(PromptTokens.of(model, ids)));
    return runAll(all, positive.size());
  }

  private LinearProbesResult runAll(List<PromptTokens> prompts, int positives) {
    int negatives = prompts.size() - positives;
    if (positives < fitting.folds || negatives < fitting.folds) {
      throw new RunException(
          "expected %s texts or more of each kind, one for each fold, found %s and %s"
              .formatted(fitting.folds, positives, negatives));
    }
    for (PromptTokens prompt : prompts.subList(positives, prompts.size())) {
      if (prompts.subList(0, positives).contains(prompt)) {
        throw new RunException("a text is of both kinds: " + prompt);
      }
    }
    boolean[] labels = new boolean[prompts.size()];
    java.util.Arrays.fill(labels, 0, positives, true);
    int count = layers.size() * positions.size();
    long whole = (long) prompts.size() + count;
    double[][][] all =
        Activations.of(model, prompts, layers, positions, (done, any) -> progress.at(done, whole));
    List<LinearProbesResult.Place> places = new ArrayList<>();
    for (int place = 0; place < count; place++) {
      double[][] rows = new double[all.length][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = all[i][place];
      }
      places.add(place(rows, labels, place));
      progress.at(prompts.size() + place + 1L, whole);
    }
    return new LinearProbesResult(model, places, layers, positions, prompts.size());
  }

  private LinearProbesResult.Place place(double[][] rows, boolean[] labels, int index) {
    Random random = new Random(fitting.seed + index);
    Quality own = crossValidated(rows, labels, random);
    List<Double> controls = new ArrayList<>();
    for (int i = 0; i < fitting.shuffles; i++) {
      controls.add(crossValidated(rows, shuffled(labels, random), random).auroc());
    }
    return new LinearProbesResult.Place(
        layers.get(index / positions.size()),
        positions.get(index % positions.size()),
        own,
        List.copyOf(controls),
        Probe.fit(rows, labels, fitting));
  }

  private Quality crossValidated(double[][] rows, boolean[] labels, Random random) {
    int[] folds = folds(labels, random);
    double[] probabilities = new double[rows.length];
    for (int fold = 0; fold < fitting.folds; fold++) {
      List<double[]> others = new ArrayList<>();
      List<Boolean> known = new ArrayList<>();
      for (int i = 0; i < rows.length; i++) {
        if (folds[i] != fold) {
          others.add(rows[i]);
          known.add(labels[i]);
        }
      }
      boolean[] ofOthers = new boolean[known.size()];
      for (int i = 0; i < ofOthers.length; i++) {
        ofOthers[i] = known.get(i);
      }
      Probe probe = Probe.fit(others.toArray(double[][]::new), ofOthers, fitting);
      for (int i = 0; i < rows.length; i++) {
        if (folds[i] == fold) {
          probabilities[i] = probe.probability(rows[i]);
        }
      }
    }
    return Quality.of(probabilities, labels);
  }

  /** Folds with the same share of each label. */
  private int[] folds(boolean[] labels, Random random) {
    int[] folds = new int[labels.length];
    for (boolean label : new boolean[] {true, false}) {
      List<Integer> members = new ArrayList<>();
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] == label) {
          members.add(i);
        }
      }
      java.util.Collections.shuffle(members, random);
      for (int i = 0; i < members.size(); i++) {
        folds[members.get(i)] = i % fitting.folds;
      }
    }
    return folds;
  }

  private static boolean[] shuffled(boolean[] labels, Random random) {
    boolean[] mixed = labels.clone();
    for (int i = mixed.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      boolean kept = mixed[i];
      mixed[i] = mixed[j];
      mixed[j] = kept;
    }
    return mixed;
  }
}
