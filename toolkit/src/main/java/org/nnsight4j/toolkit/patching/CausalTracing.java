package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Causal tracing (Meng et al. 2022, ROME): noise on the embeddings of a subject makes the model
 * forget the answer; which restored values bring it back? Noise is Gaussian with {@code level}
 * times the deviation of all token embeddings of this prompt.
 *
 * <pre>{@code
 * CausalTracing.of(gpt2).answer(" Paris").subject(1, 2).run("The Eiffel Tower is in the city of");
 * }</pre>
 *
 * <p>Restored is the residual stream after a layer, or what attention or the MLP adds in a window
 * of layers. Probabilities are means over samples of noise. Immutable; the same seed gives the same
 * noise.
 */
public final class CausalTracing {
  /** What is restored. */
  public enum Restored {
    /** The residual stream after one layer. */
    STREAM,
    /** What attention adds, in a window of layers. */
    ATTENTION,
    /** What the MLP adds, in a window of layers. */
    MLP
  }

  private final LanguageModel<?> model;
  private final @Nullable Answer answer;
  private final List<Integer> subject;
  private final Restored restored;
  private final Noise noise;
  private final Progress progress;

  /** How much noise, how often, and the layers that are restored together. */
  record Noise(double level, int samples, int window, long seed) {}

  private CausalTracing(
      LanguageModel<?> model,
      @Nullable Answer answer,
      List<Integer> subject,
      Restored restored,
      Noise noise,
      Progress progress) {
    this.model = model;
    this.answer = answer;
    this.subject = List.copyOf(subject);
    this.restored = restored;
    this.noise = noise;
    this.progress = progress;
  }

  /** The residual stream, with three deviations of noise, 10 samples, and windows of 10 layers. */
  public static CausalTracing of(LanguageModel<?> model) {
    Passes.places(model);
    return new CausalTracing(
        model, null, List.of(), Restored.STREAM, new Noise(3, 10, 10, 0), Progress.NONE);
  }

  /** The token whose probability is measured: a text of one token. */
  public CausalTracing answer(String token) {
    return answer(Answer.of(model, token));
  }

  /** {@link #answer(String)} by its id. */
  public CausalTracing answer(long id) {
    return answer(Answer.of(model, id));
  }

  private CausalTracing answer(Answer wanted) {
    return new CausalTracing(model, wanted, subject, restored, noise, progress);
  }

  /** The positions whose embeddings get noise: from 0, or from -1 backwards. */
  public CausalTracing subject(int... positions) {
    return new CausalTracing(
        model,
        answer,
        java.util.Arrays.stream(positions).distinct().boxed().toList(),
        restored,
        noise,
        progress);
  }

  /** What is restored. */
  public CausalTracing restore(Restored what) {
    return new CausalTracing(model, answer, subject, what, noise, progress);
  }

  /**
   * How strong the noise is: a multiple, not a deviation. The noise has {@code factor} times the
   * standard deviation of all token embeddings of this prompt; 3 if this is not called, as in ROME,
   * and 0 is no noise.
   */
  public CausalTracing level(double factor) {
    if (!(factor >= 0) || Double.isInfinite(factor)) {
      throw new RunException("expected a level of noise of 0 or more, found " + factor);
    }
    return with(new Noise(factor, noise.samples, noise.window, noise.seed));
  }

  /** How many samples of noise. */
  public CausalTracing samples(int count) {
    return with(new Noise(noise.level, positive(count), noise.window, noise.seed));
  }

  /** How many layers are restored together, for attention and MLP. */
  public CausalTracing window(int layers) {
    return with(new Noise(noise.level, noise.samples, positive(layers), noise.seed));
  }

  /** The seed of the noise. */
  public CausalTracing seed(long number) {
    return with(new Noise(noise.level, noise.samples, noise.window, number));
  }

  private static int positive(int count) {
    if (count < 1) {
      throw new RunException("expected 1 or more, found " + count);
    }
    return count;
  }

  private CausalTracing with(Noise other) {
    return new CausalTracing(model, answer, subject, restored, other, progress);
  }

  /** Listens to the work: one part is one layer with one sample. */
  public CausalTracing progress(Progress listener) {
    return new CausalTracing(model, answer, subject, restored, noise, Progress.required(listener));
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    long length = PromptTokens.of(model, prompt).length();
    long passes = 1 + noise.samples * (long) Passes.layers(model) * (length + 2);
    return Cost.of(passes, passes * length, 0);
  }

  /** Runs on a text. */
  public CausalTracingResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public CausalTracingResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  private CausalTracingResult over(PromptTokens prompt) {
    if (answer == null) {
      throw new RunException("no answer was given; answer(\" Paris\") names the token to measure");
    }
    if (subject.isEmpty()) {
      throw new RunException("no subject was given; subject(1, 2) names the positions with noise");
    }
    List<Integer> noisy = subject.stream().map(prompt::position).toList();
    Tensor embedded =
        Passes.trace(model, prompt.ids(), view -> Passes.any(view.tokenEmbeddings()).save())
            .value();
    double deviation = deviation(embedded);
    int layers = Passes.layers(model);
    double[][] restoredTo = new double[layers][prompt.length()];
    double clean = 0;
    double corrupted = 0;
    Random random = new Random(noise.seed);
    for (int sample = 0; sample < noise.samples; sample++) {
      Tensor shift = shift(embedded, noisy, random, deviation * noise.level);
      for (int layer = 0; layer < layers; layer++) {
        double[] row = row(prompt, shift, layer);
        clean = row[0];
        corrupted += row[1] / (noise.samples * (double) layers);
        for (int p = 0; p < prompt.length(); p++) {
          restoredTo[layer][p] += row[p + 2] / noise.samples;
        }
        progress.at(sample * (long) layers + layer + 1, noise.samples * (long) layers);
      }
    }
    return new CausalTracingResult(
        prompt, answer, noisy, restored, Passes.layerNames(model), clean, corrupted, restoredTo);
  }

  private static double deviation(Tensor embedded) {
    double[] all = embedded.toDoubleArray();
    double mean = java.util.Arrays.stream(all).sum() / all.length;
    double sum = 0;
    for (double value : all) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / all.length);
  }

  private static Tensor shift(
      Tensor embedded, List<Integer> noisy, Random random, double deviation) {
    int width = (int) embedded.shape(-1);
    float[] all = new float[embedded.size()];
    for (int position : noisy) {
      for (int i = 0; i < width; i++) {
        all[position * width + i] = (float) (random.nextGaussian() * deviation);
      }
    }
    return Tensor.of(all, embedded.shape());
  }

  /** The clean run, the noisy one, and one with each position restored: all in one pass. */
  private double[] row(PromptTokens prompt, Tensor shift, int layer) {
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i < prompt.length() + 2; i++) {
      rows.add(prompt.ids());
    }
    List<SiteKey> sites = sites(layer);
    List<Value<Axis>> clean = new ArrayList<>();
    Answer wanted = java.util.Objects.requireNonNull(answer);
    List<Saved<Axis>> saved =
        Passes.all(
            model,
            rows,
            (view, row) -> {
              if (row == 0) {
                sites.forEach(site -> clean.add(Passes.read(view, site)));
              } else {
                Value<Axis> embedded = Passes.any(view.embedded());
                embedded.set(embedded.add(embedded.constant(shift)));
              }
              if (row > 1) {
                restore(view, sites, clean, row - 2);
              }
              return Passes.any(view.logits().at(-1)).softmax(-1).get("0, " + wanted.id()).save();
            });
    return saved.stream().mapToDouble(each -> each.value().item()).toArray();
  }

  private static void restore(
      Decoder view, List<SiteKey> sites, List<Value<Axis>> clean, int position) {
    for (int i = 0; i < sites.size(); i++) {
      Value<Axis> own = Passes.read(view, sites.get(i));
      own.at(position).set(clean.get(i).at(position));
    }
  }

  private List<SiteKey> sites(int layer) {
    var layers = Passes.places(model).layers();
    if (restored == Restored.STREAM) {
      return List.of(SiteKey.output(layers.get(layer).module()));
    }
    if (layers.get(layer).sums() == DecoderPlaces.Sums.INSIDE) {
      throw new RunException(
          "%s adds to the stream inside of its modules, so that what a half adds cannot be restored alone; restore(Restored.STREAM) can"
              .formatted(layers.get(layer).module()));
    }
    List<SiteKey> sites = new ArrayList<>();
    int first = Math.max(0, layer - noise.window / 2);
    int last = Math.min(layers.size(), layer - noise.window / 2 + noise.window);
    for (int i = first; i < last; i++) {
      var each = layers.get(i);
      sites.add(restored == Restored.ATTENTION ? each.attentionOut() : each.mlpOut());
    }
    return sites;
  }
}
