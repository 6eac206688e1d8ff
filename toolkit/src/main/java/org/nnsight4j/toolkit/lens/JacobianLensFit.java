package org.nnsight4j.toolkit.lens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Fits a {@link JacobianLens}: for each prompt and each number of the last stream, one backward
 * pass to all layers, from the sum over the positions that count. One recording is prepared once,
 * and each run of it takes several numbers, with one forward pass.
 *
 * <pre>{@code
 * JacobianLensFit fit = JacobianLens.fit(gpt2).layers(4, 8);
 * System.out.println(fit.cost(texts));
 * JacobianLens lens = fit.run(texts);
 * }</pre>
 *
 * <p>The first 16 positions of each prompt do not count, because attention rests on them, and the
 * last one, after which nothing comes. A fit of a part of the prompts is merged with another by
 * {@link JacobianLens#merge}. Immutable.
 */
public final class JacobianLensFit {
  private final LanguageModel<?> model;
  private final List<Integer> layers;
  private final int skip;
  private final int atOnce;
  private final Progress progress;

  private JacobianLensFit(
      LanguageModel<?> model, List<Integer> layers, int skip, int atOnce, Progress progress) {
    this.model = model;
    this.layers = List.copyOf(layers);
    this.skip = skip;
    this.atOnce = atOnce;
    this.progress = progress;
  }

  static JacobianLensFit of(LanguageModel<?> model) {
    int count = Passes.layers(model);
    if (count < 2) {
      throw new RunException("a model of one layer has no layer before its last");
    }
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count - 1; i++) {
      all.add(i);
    }
    return new JacobianLensFit(model, all, 16, 32, Progress.NONE);
  }

  /** Only some layers; from 0, or from -1 backwards. The last layer's matrix would be 1. */
  public JacobianLensFit layers(int... some) {
    List<Integer> chosen =
        Arrays.stream(some).map(each -> Passes.layer(model, each)).distinct().boxed().toList();
    if (chosen.isEmpty() || chosen.contains(Passes.layers(model) - 1)) {
      throw new RunException(
          "expected a layer or more before the last, found %s".formatted(chosen));
    }
    return new JacobianLensFit(model, chosen, skip, atOnce, progress);
  }

  /** How many positions at the beginning of each prompt do not count; 16 if nothing is said. */
  public JacobianLensFit skipFirst(int positions) {
    if (positions < 0) {
      throw new RunException("expected a number of positions, found " + positions);
    }
    return new JacobianLensFit(model, layers, positions, atOnce, progress);
  }

  /** How many numbers of the last stream share a forward pass; 32 if nothing is said. */
  public JacobianLensFit numbersPerPass(int count) {
    if (count < 1) {
      throw new RunException("expected a number or more for each pass, found " + count);
    }
    return new JacobianLensFit(model, layers, skip, count, progress);
  }

  /** Listens to the work: one part is one pass. */
  public JacobianLensFit progress(Progress listener) {
    return new JacobianLensFit(model, layers, skip, atOnce, Progress.required(listener));
  }

  /** What {@link #run} will do. */
  public Cost cost(List<String> texts) {
    return cost(PromptTokens.all(model, texts).stream().mapToLong(PromptTokens::length).toArray());
  }

  private Cost cost(long... lengths) {
    long width = Passes.width(model);
    long perPrompt = passes();
    return new Cost(
        perPrompt * lengths.length,
        perPrompt * share(passes()) * lengths.length,
        perPrompt * Arrays.stream(lengths).sum(),
        Double.BYTES * layers.size() * width * width);
  }

  private int passes() {
    return (Passes.width(model) + atOnce - 1) / atOnce;
  }

  /** How many numbers each of them takes, so that the last has hardly fewer than the others. */
  private int share(int passes) {
    return (Passes.width(model) + passes - 1) / passes;
  }

  /**
   * Fits to texts.
   *
   * @throws RunException if a text has no position that counts
   */
  public JacobianLens run(List<String> texts) {
    return fitted(model, PromptTokens.all(model, texts));
  }

  /** {@link #run} on token ids. */
  public JacobianLens runIds(List<long[]> texts) {
    if (texts.isEmpty()) {
      throw new RunException("expected a prompt or more, found none");
    }
    return fitted(model, texts.stream().map(ids -> PromptTokens.of(model, ids)).toList());
  }

  /** Means over positions of the numbers' gradients by layer, {@code [numbers, 1, hidden]}. */
  private record Backward(List<Saved<Axis>> means) {}

  private <M> JacobianLens fitted(LanguageModel<M> own, List<PromptTokens> prompts) {
    for (int i = 0; i < prompts.size(); i++) {
      if (prompts.get(i).length() < skip + 2) {
        throw new RunException(
            "expected prompts of %s tokens or more, as the first %s and the last do not count, found prompt %s with %s; skipFirst(n) skips fewer"
                .formatted(skip + 2, skip, i, prompts.get(i).length()));
      }
    }
    int width = Passes.width(own);
    int share = share(passes());
    Prepared<Backward> prepared = prepare(own, share, width);
    double[][] sums = new double[layers.size()][width * width];
    long done = 0;
    for (PromptTokens prompt : prompts) {
      for (int from = 0; from < width; from += share) {
        Results results =
            prepared.with("numbers", directions(share, from, width)).run(prompt.ids());
        for (int layer = 0; layer < layers.size(); layer++) {
          double[] rows = Numbers.of(results.value(prepared.recorded().means.get(layer)));
          int count = Math.min(share, width - from) * width;
          for (int i = 0; i < count; i++) {
            sums[layer][from * width + i] += rows[i];
          }
        }
        progress.at(++done, (long) passes() * prompts.size());
      }
    }
    Map<Integer, Tensor> matrices = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      matrices.put(
          layers.get(i),
          Numbers.tensor(Numbers.times(sums[i], 1.0 / prompts.size()), width, width));
    }
    return JacobianLens.of(own, matrices, prompts.size());
  }

  /** One-hot rows, {@code [numbers of a pass, hidden]}; beyond the width they are 0. */
  private static Tensor directions(int count, int from, int width) {
    float[] rows = new float[count * width];
    for (int i = 0; i < count && from + i < width; i++) {
      rows[i * width + from + i] = 1;
    }
    return Tensor.of(rows, count, width);
  }

  private <M> Prepared<Backward> prepare(LanguageModel<M> own, int count, int width) {
    return own.prepare(
        TraceOptions.defaults(),
        generator -> {
          try (Invoker<M> invoker = generator.input()) {
            Decoder view = Decoder.of(invoker.model());
            String counted = ":, %s:-1".formatted(skip);
            Value<Axis> numbers = invoker.tensor("numbers", directions(count, 0, width));
            Value<Axis> last = Passes.any(view.layer(-1).output());
            Value<Axis> sum = last.get(counted).as(Axis.class).sum(1);
            List<Saved<Axis>> means = new ArrayList<>();
            for (int layer : layers) {
              Value<Axis> stream = Passes.any(view.layer(layer).output());
              Value<Axis> each = stream.gradients(sum, numbers);
              means.add(each.get(":, " + counted).as(Axis.class).mean(2).save());
            }
            return new Backward(means);
          }
        });
  }
}
