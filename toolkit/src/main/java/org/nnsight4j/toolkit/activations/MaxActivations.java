package org.nnsight4j.toolkit.activations;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.StreamSupport;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Scan;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Value;

/**
 * The texts of a corpus that activate features or neurons most, with the tokens around the largest
 * activation of each text (Bills et al. 2023; the dashboards of Neuronpedia), and beside them what
 * the largest alone would hide: a random choice of active texts, how often a unit is active, and
 * the distribution of its activations.
 *
 * <pre>{@code
 * MaxActivationsResult found = MaxActivations.of(gpt2).layer(2).units(7, 31).topK(10).run(corpus);
 * found.dashboard(7).write(Path.of("neuron-7.html"));
 * }</pre>
 *
 * <p>The corpus is read once, text by text, and only what is shown is kept; each text gives at most
 * one example of a unit. Immutable; the same seed gives the same choice.
 */
public final class MaxActivations {
  private static final int[] ALL = {};

  private final LanguageModel<?> model;
  private final Source source;
  private final int[] units;
  private final int top;
  private final int samples;
  private final int before;
  private final int after;
  private final int skip;
  private final int perPass;
  private final long seed;
  private final Progress progress;

  private MaxActivations(
      LanguageModel<?> model,
      Source source,
      int[] units,
      int top,
      int samples,
      int before,
      int after,
      int skip,
      int perPass,
      long seed,
      Progress progress) {
    this.model = model;
    this.source = source;
    this.units = units;
    this.top = top;
    this.samples = samples;
    this.before = before;
    this.after = after;
    this.skip = skip;
    this.perPass = perPass;
    this.seed = seed;
    this.progress = progress;
  }

  private static MaxActivations of(LanguageModel<?> model, Source source) {
    return new MaxActivations(model, source, ALL, 10, 5, 10, 5, 0, 8, 0, Progress.NONE);
  }

  /** All neurons of the last layer's MLP; 10 texts and 5 random ones for each. */
  public static MaxActivations of(LanguageModel<?> model) {
    return of(model, new Source.Neurons(model, Passes.layers(model) - 1));
  }

  /** All features of an autoencoder or transcoder. */
  public static MaxActivations of(LanguageModel<?> model, SparseAutoencoder sae) {
    Passes.places(model);
    return of(model, new Source.Features(sae));
  }

  /** The neurons of another layer's MLP: what its down projection reads. */
  public MaxActivations layer(int layer) {
    return with(new Source.Neurons(model, Passes.layer(model, layer)), units);
  }

  /** The numbers of another place, as {@link org.nnsight4j.arch.Decoder#hook} takes it. */
  public MaxActivations hook(String name) {
    return with(new Source.Hook(name), units);
  }

  /** Only some features or neurons, by their indices. */
  public MaxActivations units(int... indices) {
    if (indices.length == 0 || Arrays.stream(indices).anyMatch(index -> index < 0)) {
      throw new RunException(
          "expected indices from 0 on, found %s".formatted(Arrays.toString(indices)));
    }
    return with(source, Arrays.stream(indices).distinct().toArray());
  }

  private MaxActivations with(Source other, int[] indices) {
    return new MaxActivations(
        model, other, indices, top, samples, before, after, skip, perPass, seed, progress);
  }

  /** How many texts to keep for each unit. */
  public MaxActivations topK(int k) {
    return with(atLeast(1, k, "topK"), samples, before, after, skip);
  }

  /** How many random texts with a positive activation to keep for each unit; 0 for none. */
  public MaxActivations samples(int count) {
    return with(top, atLeast(0, count, "a number of samples"), before, after, skip);
  }

  /** How many tokens around the largest activation to show. */
  public MaxActivations context(int tokensBefore, int tokensAfter) {
    return with(
        top,
        samples,
        atLeast(0, tokensBefore, "a number of tokens"),
        atLeast(0, tokensAfter, "a number of tokens"),
        skip);
  }

  /**
   * Leaves out the first tokens of each text: the first token of all has huge activations in many
   * models, whatever it is.
   */
  public MaxActivations skipFirst(int positions) {
    return with(top, samples, before, after, atLeast(0, positions, "a number of positions"));
  }

  private MaxActivations with(int k, int random, int tokensBefore, int tokensAfter, int first) {
    return new MaxActivations(
        model, source, units, k, random, tokensBefore, tokensAfter, first, perPass, seed, progress);
  }

  private static int atLeast(int least, int number, String what) {
    if (number < least) {
      throw new RunException("expected %s of %s or more, found %s".formatted(what, least, number));
    }
    return number;
  }

  /** How many texts are computed in a pass. */
  public MaxActivations promptsPerPass(int count) {
    return new MaxActivations(
        model,
        source,
        units,
        top,
        samples,
        before,
        after,
        skip,
        atLeast(1, count, "a number of prompts"),
        seed,
        progress);
  }

  /** The seed of the random texts. */
  public MaxActivations seed(long value) {
    return new MaxActivations(
        model, source, units, top, samples, before, after, skip, perPass, value, progress);
  }

  /**
   * Listens to the work: one part is one text; there are -1 parts of a corpus that does not know
   * its size.
   */
  public MaxActivations progress(Progress listener) {
    return new MaxActivations(
        model,
        source,
        units,
        top,
        samples,
        before,
        after,
        skip,
        perPass,
        seed,
        Progress.required(listener));
  }

  /** What {@link #run} will do. */
  public Cost cost(List<String> texts) {
    List<PromptTokens> all = PromptTokens.all(model, texts);
    long perUnit = (long) (top + samples) * (before + after + 1) * 16 + 8L * Histogram.BINS;
    return Cost.of(
        all.size(),
        all.stream().mapToLong(PromptTokens::length).sum(),
        perUnit * (units.length > 0 ? units.length : count(model)));
  }

  /** How many units the place has; nothing runs for that. */
  private <M> long count(LanguageModel<M> of) {
    Scan<Value<Axis>> scan =
        of.scan(
            generator -> generator.invoke(new long[] {0}, invoker -> source.values(invoker, 0)));
    Dims dims = scan.of(scan.result()).dims();
    return dims.get(dims.rank() - 1).size();
  }

  /**
   * Runs on texts, which are read one after the other and not kept.
   *
   * @throws RunException if there is no text, or no such unit
   */
  public MaxActivationsResult run(Iterable<String> texts) {
    return run(
        StreamSupport.stream(texts.spliterator(), false)
            .map(text -> model.tokenizer().encode(text))
            .iterator(),
        size(texts));
  }

  /** {@link #run} on token ids. */
  public MaxActivationsResult runIds(Iterable<long[]> texts) {
    return run(texts.iterator(), size(texts));
  }

  private static long size(Iterable<?> texts) {
    return texts instanceof Collection<?> all ? all.size() : -1;
  }

  private MaxActivationsResult run(Iterator<long[]> texts, long all) {
    Corpus corpus =
        new Corpus(model, source, units, new Corpus.Kept(top, samples, before, after, skip, seed));
    while (texts.hasNext()) {
      List<long[]> some = new ArrayList<>();
      while (texts.hasNext() && some.size() < perPass) {
        some.add(PromptTokens.of(model, texts.next()).ids());
      }
      corpus.add(some);
      progress.at(corpus.texts(), texts.hasNext() ? all : corpus.texts());
    }
    return corpus.result();
  }
}
