package org.nnsight4j.toolkit.interchange;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.train.Example;
import org.nnsight4j.toolkit.train.Trained;
import org.nnsight4j.toolkit.train.Trainer;
import org.nnsight4j.values.Value;

/**
 * Distributed alignment search (Geiger et al. 2023, arXiv:2303.02536): a subspace of a place whose
 * part of one prompt, put into another, makes the model answer as if it had that prompt's value of
 * a variable: {@code h_base + (h_source - h_base) R R'}, with {@code R [width, dimensions]}
 * orthonormal (the Q of a free matrix). It is trained by the cross-entropy of the counterfactual
 * answers.
 *
 * <pre>{@code
 * DistributedAlignmentResult found =
 *     DistributedAlignmentSearch.of(gpt2).layer(1).position(-1).dimensions(4).epochs(20).run(train, test);
 * found.accuracy();
 * }</pre>
 *
 * <p>The search fits what is not there: with enough dimensions it fits arbitrary labels, and random
 * networks. So it always computes its controls: random subspaces of the same size, plain and with
 * changes as long as those of the trained one; a subspace trained on shuffled answers; and one
 * trained in the same model with random weights. Immutable; the same seed gives the same bits.
 */
public final class DistributedAlignmentSearch {
  static final int DRAWS = 5;
  private static final String FREE = "rotation";

  private final LanguageModel<?> model;
  private final Site site;
  private final int dimensions;
  private final @Nullable Tensor initial;
  private final double learningRate;
  private final int epochs;
  private final int batch;
  private final long seed;
  private final Progress progress;

  private DistributedAlignmentSearch(
      LanguageModel<?> model,
      Site site,
      int dimensions,
      @Nullable Tensor initial,
      double learningRate,
      int epochs,
      int batch,
      long seed,
      Progress progress) {
    this.model = model;
    this.site = site;
    this.dimensions = dimensions;
    this.initial = initial;
    this.learningRate = learningRate;
    this.epochs = epochs;
    this.batch = batch;
    this.seed = seed;
    this.progress = progress;
  }

  /** One dimension after the middle layer, at the last token; Adam at 1e-2 in 10 epochs. */
  public static DistributedAlignmentSearch of(LanguageModel<?> model) {
    int middle = Passes.layers(model) / 2;
    return new DistributedAlignmentSearch(
        model, new Site(stream(middle), -1), 1, null, 1e-2, 10, 8, 0, Progress.NONE);
  }

  private static String stream(int layer) {
    return "blocks.%s.hook_resid_post".formatted(layer);
  }

  /** The residual stream after a layer; from 0, or from -1 backwards. */
  public DistributedAlignmentSearch layer(int layer) {
    return hook(stream(Passes.layer(model, layer)));
  }

  /** Another place with a vector for each token, as {@link Decoder#hook} takes it. */
  public DistributedAlignmentSearch hook(String name) {
    return with(new Site(name, site.position()), dimensions, initial);
  }

  /** The position of both prompts; from 0, or from -1 backwards. */
  public DistributedAlignmentSearch position(int position) {
    return with(new Site(site.hook(), position), dimensions, initial);
  }

  /** How many dimensions the subspace has. */
  public DistributedAlignmentSearch dimensions(int count) {
    return with(site, positive(count, "number of dimensions"), null);
  }

  /**
   * Where the training begins, instead of normal numbers.
   *
   * @param matrix {@code [width, dimensions]}; its columns need not be orthonormal
   */
  public DistributedAlignmentSearch initial(Tensor matrix) {
    if (matrix.rank() != 2 || matrix.shape(1) > matrix.shape(0)) {
      throw new RunException("expected a matrix [width, dimensions], found " + matrix.header());
    }
    return with(site, (int) matrix.shape(1), matrix);
  }

  private DistributedAlignmentSearch with(Site place, int count, @Nullable Tensor start) {
    return new DistributedAlignmentSearch(
        model, place, count, start, learningRate, epochs, batch, seed, progress);
  }

  /** The learning rate of Adam. */
  public DistributedAlignmentSearch learningRate(double rate) {
    if (!(rate > 0)) {
      throw new RunException("expected a learning rate above 0, found " + rate);
    }
    return new DistributedAlignmentSearch(
        model, site, dimensions, initial, rate, epochs, batch, seed, progress);
  }

  /** How often all pairs are seen. */
  public DistributedAlignmentSearch epochs(int times) {
    return new DistributedAlignmentSearch(
        model,
        site,
        dimensions,
        initial,
        learningRate,
        positive(times, "number of epochs"),
        batch,
        seed,
        progress);
  }

  /** How many pairs run together. */
  public DistributedAlignmentSearch batchSize(int pairs) {
    return new DistributedAlignmentSearch(
        model,
        site,
        dimensions,
        initial,
        learningRate,
        epochs,
        positive(pairs, "batch"),
        seed,
        progress);
  }

  private static int positive(int number, String what) {
    if (number < 1) {
      throw new RunException("expected a %s of at least 1, found %s".formatted(what, number));
    }
    return number;
  }

  /** The seed of the beginning, the order of pairs, and all controls. */
  public DistributedAlignmentSearch seed(long value) {
    return new DistributedAlignmentSearch(
        model, site, dimensions, initial, learningRate, epochs, batch, value, progress);
  }

  /** Listens to the work: one part is one step of one of the three trainings. */
  public DistributedAlignmentSearch progress(Progress listener) {
    return new DistributedAlignmentSearch(
        model,
        site,
        dimensions,
        initial,
        learningRate,
        epochs,
        batch,
        seed,
        Progress.required(listener));
  }

  /** What {@link #run} will do, controls included. */
  public Cost cost(List<Counterfactual> train, List<Counterfactual> test) {
    long trained = train.stream().mapToLong(pair -> pair.base().length).sum();
    long tested = test.stream().mapToLong(pair -> pair.base().length).sum();
    int tests = 6 + 3 * DRAWS;
    long passes = 3L * epochs * train.size() + 5L * train.size() + (2L + tests) * test.size();
    return new Cost(
        passes,
        3L * steps(train),
        (3L * epochs + 5) * trained + (2L + tests) * tested,
        4L * 2 * Passes.width(model) * (train.size() + test.size()));
  }

  private int steps(List<Counterfactual> train) {
    return (train.size() + batch - 1) / batch * epochs;
  }

  /**
   * The share of pairs whose answer a given subspace brings about.
   *
   * @param rotation {@code [width, dimensions]}, its columns orthonormal
   */
  public double accuracy(Tensor rotation, List<Counterfactual> pairs) {
    site.require(model, pairs, "test on");
    return site.accuracy(model, site.read(model, pairs), rotation);
  }

  /**
   * Trains on some pairs and tests on others, with all controls.
   *
   * @throws RunException if the prompts of a pair do not have as many tokens, or are the same
   */
  public DistributedAlignmentResult run(List<Counterfactual> train, List<Counterfactual> test) {
    site.require(model, train, "train on");
    site.require(model, test, "test on");
    List<Site.Known> training = site.read(model, train);
    List<Site.Known> testing = site.read(model, test);
    int width = training.get(0).source().size();
    if (dimensions > width) {
      throw new RunException(
          "%s has %s dimensions, fewer than the %s of the subspace"
              .formatted(site.hook(), width, dimensions));
    }
    Trained own = train(model, training, 0);
    Tensor rotation = Subspaces.orthonormal(own.tensor(FREE));
    List<Site.Known> shuffled = shuffled(training);
    Tensor ofShuffled = Subspaces.orthonormal(train(model, shuffled, 1).tensor(FREE));
    LanguageModel<?> random = RandomWeights.of(model, seed);
    List<Site.Known> randomTraining = site.read(random, train);
    Tensor ofRandom = Subspaces.orthonormal(train(random, randomTraining, 2).tensor(FREE));
    DistributedAlignmentResult.Accuracies found =
        new DistributedAlignmentResult.Accuracies(
            site.accuracy(model, training, rotation),
            site.accuracy(model, testing, rotation),
            site.accuracy(model, testing, Subspaces.all(width)),
            site.accuracy(model, testing, Tensor.of(new float[width], width, 1)),
            mean(testing, rotation, false),
            mean(testing, rotation, true),
            site.accuracy(model, shuffled, ofShuffled),
            site.accuracy(model, testing, ofShuffled),
            site.accuracy(random, randomTraining, ofRandom),
            site.accuracy(random, site.read(random, test), ofRandom));
    return new DistributedAlignmentResult(
        site.name(model), dimensions, rotation, own, found, train.size(), test.size());
  }

  /** Random subspaces of the same size; or with changes as long as the trained one's. */
  private double mean(List<Site.Known> pairs, Tensor rotation, boolean matched) {
    double[] ratios = matched ? Subspaces.lengths(site, model, pairs, rotation) : new double[0];
    return IntStream.range(0, DRAWS)
        .mapToDouble(
            draw -> {
              Tensor other =
                  Subspaces.random(rotation.shape(0), dimensions, seed * DRAWS + draw + 1);
              return matched
                  ? Subspaces.matched(site, model, pairs, other, ratios)
                  : site.accuracy(model, pairs, other);
            })
        .average()
        .orElseThrow();
  }

  private List<Site.Known> shuffled(List<Site.Known> pairs) {
    List<Long> answers = new ArrayList<>(pairs.stream().map(each -> each.pair().answer()).toList());
    Collections.shuffle(answers, new Random(seed));
    return IntStream.range(0, pairs.size())
        .mapToObj(
            i ->
                new Site.Known(
                    pairs.get(i).pair().answering(answers.get(i)), pairs.get(i).source()))
        .toList();
  }

  private <M> Trained train(LanguageModel<M> own, List<Site.Known> pairs, int part) {
    int steps = (pairs.size() + batch - 1) / batch * epochs;
    Tensor start =
        initial != null
            ? initial
            : Subspaces.normal(pairs.get(0).source().size(), dimensions, seed);
    return Trainer.of(own)
        .tensor(FREE, start)
        .learningRate(learningRate)
        .epochs(epochs)
        .batchSize(batch)
        .seed(seed)
        .progress((done, all) -> progress.at((long) part * steps + done, 3L * steps))
        .fit(
            pairs.stream()
                .map(
                    each ->
                        Example.of(each.pair().base())
                            .with("source", each.source())
                            .with("answer", each.pair().answer()))
                .toList(),
            step -> {
              Decoder view = Decoder.of(step.model());
              Value<Axis> rotation = Passes.any(step.tensor(FREE).qr().q());
              site.put(view, step.data("source"), rotation);
              Value<Axis> likely = Passes.any(view.logits().at(-1)).logSoftmax(-1);
              return likely.takeAlong(-1, step.data("answer").expandDims(-1)).mean().neg();
            });
  }
}
