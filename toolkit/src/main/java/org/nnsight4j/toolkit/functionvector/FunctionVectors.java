package org.nnsight4j.toolkit.functionvector;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.HeadWrites;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Function vectors (Todd et al. 2024): a task that is shown by examples is carried to the last
 * token by a few heads.
 *
 * <ol>
 *   <li>The mean output of each head at the last token, over prompts that show the task.
 *   <li>Its indirect effect: in prompts whose outputs are exchanged, the head's output at the last
 *       token is that mean; how much likelier is the answer? The mean over prompts is the AIE.
 *   <li>The vector is the sum of the mean outputs of the heads with the largest AIE. Added to the
 *       stream at the last token of a prompt without examples, it makes the model do the task.
 * </ol>
 *
 * <pre>{@code
 * FunctionVectorsResult found = FunctionVectors.of(gpt2).heads(10).run(capitals);
 * FunctionVectors.of(gpt2).effect(found, capitals.zeroShot(), capitals.answers());
 * }</pre>
 *
 * <p>Answers count by their first token. One row for each head and prompt. Immutable.
 */
public final class FunctionVectors {
  /** Rows in one pass. */
  private static final int ROWS = 32;

  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final int count;
  private final Progress progress;

  private FunctionVectors(LanguageModel<?> model, int count, Progress progress) {
    this.model = model;
    this.places = Passes.places(model);
    this.count = count;
    this.progress = progress;
  }

  /** The vector of the 10 heads with the largest effects. */
  public static FunctionVectors of(LanguageModel<?> model) {
    DecoderPlaces places = Passes.places(model);
    int all = places.layers().stream().mapToInt(layer -> layer.attention().heads()).sum();
    return new FunctionVectors(model, Math.min(10, all), Progress.NONE);
  }

  /** How many heads the vector is the sum of. */
  public FunctionVectors heads(int number) {
    if (number < 1 || number > allHeads()) {
      throw new RunException(
          "expected 1 to %s heads, which this model has, found %s".formatted(allHeads(), number));
    }
    return new FunctionVectors(model, number, progress);
  }

  private int allHeads() {
    return places.layers().stream().mapToInt(layer -> layer.attention().heads()).sum();
  }

  /** Listens to the work: one part is one row. */
  public FunctionVectors progress(Progress listener) {
    return new FunctionVectors(model, count, Progress.required(listener));
  }

  /** What {@link #run(FewShot)} will do; rows count as passes. */
  public Cost cost(FewShot task) {
    long rows = 0;
    long tokens = 0;
    for (String prompt : task.prompts()) {
      rows++;
      tokens += PromptTokens.of(model, prompt).length();
    }
    for (String prompt : task.shuffled()) {
      long each = allHeads() + 1L;
      rows += each;
      tokens += each * PromptTokens.of(model, prompt).length();
    }
    return Cost.of(rows, tokens, 4L * allHeads() * Passes.width(model) * 2);
  }

  /** Runs on a task. */
  public FunctionVectorsResult run(FewShot task) {
    return run(task.prompts(), task.shuffled(), task.answers());
  }

  /**
   * Runs on prompts of your own.
   *
   * @param prompts that show the task
   * @param shuffled that show something else
   * @param answers what each of {@code shuffled} would call for, if it showed the task; of several
   *     tokens, the first counts
   */
  public FunctionVectorsResult run(
      List<String> prompts, List<String> shuffled, List<String> answers) {
    return over(
        PromptTokens.all(model, prompts), PromptTokens.all(model, shuffled), first(answers));
  }

  /** {@link #run(List, List, List)} of token ids. */
  public FunctionVectorsResult runIds(
      List<long[]> prompts, List<long[]> shuffled, long... answers) {
    return over(ids(prompts), ids(shuffled), answers);
  }

  private List<PromptTokens> ids(List<long[]> prompts) {
    if (prompts.isEmpty()) {
      throw new RunException("expected a prompt or more, found none");
    }
    return prompts.stream().map(each -> PromptTokens.of(model, each)).toList();
  }

  /** The first token of each answer. */
  private long[] first(List<String> answers) {
    return answers.stream().mapToLong(answer -> PromptTokens.of(model, answer).ids()[0]).toArray();
  }

  private FunctionVectorsResult over(
      List<PromptTokens> prompts, List<PromptTokens> shuffled, long[] answers) {
    requireAnswers(shuffled, answers);
    HeadMeans means = means(prompts);
    int heads = allHeads();
    double[] effects = new double[heads];
    long all = (heads + 1L) * shuffled.size();
    double plain = 0;
    for (int prompt = 0; prompt < shuffled.size(); prompt++) {
      double[] probabilities = patched(means, shuffled.get(prompt), answers[prompt]);
      plain += probabilities[heads] / shuffled.size();
      for (int head = 0; head < heads; head++) {
        effects[head] += (probabilities[head] - probabilities[heads]) / shuffled.size();
      }
      progress.at((prompt + 1L) * (heads + 1), all);
    }
    return new FunctionVectorsResult(
        Identity.of(model), Passes.layerNames(model), byLayer(effects), means.writes, plain, count);
  }

  private static void requireAnswers(List<PromptTokens> prompts, long... answers) {
    if (prompts.size() != answers.length) {
      throw new RunException(
          "expected an answer for each prompt, found %s for %s"
              .formatted(
                  Counted.of(answers.length, "answer"), Counted.of(prompts.size(), "prompt")));
    }
  }

  /**
   * Means over prompts at the last token.
   *
   * @param z {@code [layer]} of {@code [head, head_dim]}
   * @param writes {@code [layer][head][hidden]}
   */
  private record HeadMeans(List<double[]> z, double[][][] writes) {}

  private record Last(Saved<Axis> z, Saved<Axis> writes) {}

  private HeadMeans means(List<PromptTokens> prompts) {
    int layers = places.layers().size();
    List<double[]> z = new ArrayList<>(Collections.nCopies(layers, null));
    double[][][] writes = new double[layers][][];
    for (PromptTokens prompt : prompts) {
      List<Last> found = Passes.rows(model, List.of(prompt.ids()), this::last);
      for (int layer = 0; layer < layers; layer++) {
        int heads = places.layers().get(layer).attention().heads();
        double[] own = Numbers.of(found.get(layer).z.value());
        z.set(layer, z.get(layer) == null ? new double[own.length] : z.get(layer));
        Numbers.add(z.get(layer), own, 1.0 / prompts.size());
        double[] written = Numbers.of(found.get(layer).writes.value());
        int width = written.length / heads;
        writes[layer] = writes[layer] == null ? new double[heads][width] : writes[layer];
        for (int head = 0; head < heads; head++) {
          Numbers.add(
              writes[layer][head],
              java.util.Arrays.copyOfRange(written, head * width, (head + 1) * width),
              1.0 / prompts.size());
        }
      }
    }
    return new HeadMeans(z, writes);
  }

  private List<Last> last(Decoder view) {
    List<Last> all = new ArrayList<>();
    for (int layer = 0; layer < places.layers().size(); layer++) {
      Value<Axis> z = Passes.any(view.layer(layer).attention().z());
      Value<Axis> written = new HeadWrites(model, view, layer).withoutBias("0:1");
      all.add(new Last(z.get("0, :, -1").save(), written.get("0, :, -1").save()));
    }
    return all;
  }

  /** The answer's probability with each head's mean, and as it is at the end. */
  private double[] patched(HeadMeans means, PromptTokens prompt, long answer) {
    int heads = allHeads();
    double[] probabilities = new double[heads + 1];
    for (int from = 0; from <= heads; from += ROWS) {
      int first = from;
      int size = Math.min(ROWS, heads + 1 - from);
      Saved<Axis> saved =
          Passes.rows(
              model,
              Collections.nCopies(size, prompt.ids()),
              view -> {
                int head = 0;
                for (int layer = 0; layer < places.layers().size(); layer++) {
                  DecoderPlaces.Attention own = places.layers().get(layer).attention();
                  for (int i = 0; i < own.heads(); i++, head++) {
                    if (head >= first && head < first + size) {
                      Value<Axis> z = Passes.any(view.layer(layer).attention().z());
                      z.get("%s, %s, -1".formatted(head - first, i))
                          .set(part(means.z.get(layer), i, own.headDim()));
                    }
                  }
                }
                return Passes.any(view.logits().at(-1)).softmax(-1).get(":, " + answer).save();
              });
      double[] found = Numbers.of(saved.value());
      System.arraycopy(found, 0, probabilities, from, size);
    }
    return probabilities;
  }

  private static Tensor part(double[] all, int head, int size) {
    return Numbers.tensor(java.util.Arrays.copyOfRange(all, head * size, (head + 1) * size));
  }

  private double[][] byLayer(double[] all) {
    double[][] effects = new double[places.layers().size()][];
    int from = 0;
    for (int layer = 0; layer < effects.length; layer++) {
      int heads = places.layers().get(layer).attention().heads();
      effects[layer] = java.util.Arrays.copyOfRange(all, from, from + heads);
      from += heads;
    }
    return effects;
  }

  /**
   * What the vector does: it is added to the stream after each layer alone, at the last token of
   * prompts that show nothing.
   *
   * @param answers what each prompt calls for; of several tokens, the first counts
   */
  public FunctionVectorEffect effect(
      FunctionVectorsResult found, List<String> prompts, List<String> answers) {
    return effect(found, PromptTokens.all(model, prompts), first(answers));
  }

  /** {@link #effect(FunctionVectorsResult, List, List)} of token ids. */
  public FunctionVectorEffect effectIds(
      FunctionVectorsResult found, List<long[]> prompts, long... answers) {
    return effect(found, ids(prompts), answers);
  }

  private FunctionVectorEffect effect(
      FunctionVectorsResult found, List<PromptTokens> prompts, long[] answers) {
    requireAnswers(prompts, answers);
    int layers = places.layers().size();
    Tensor vector = Numbers.tensor(found.vector());
    double[] probabilities = new double[layers + 1];
    double[] right = new double[layers + 1];
    for (int i = 0; i < answers.length; i++) {
      Saved<Axis> saved =
          Passes.rows(
              model,
              Collections.nCopies(layers + 1, prompts.get(i).ids()),
              view -> {
                for (int layer = 0; layer < layers; layer++) {
                  Value<Axis> stream = Passes.any(view.layer(layer).output()).get(layer + ", -1");
                  stream.set(stream.add(stream.constant(vector).toType(stream.dtype())));
                }
                return Passes.any(view.logits().at(-1)).softmax(-1).save();
              });
      double[] all = Numbers.of(saved.value());
      int vocabulary = all.length / (layers + 1);
      for (int row = 0; row <= layers; row++) {
        double own = all[row * vocabulary + (int) answers[i]];
        probabilities[row] += own / answers.length;
        boolean best = true;
        for (int token = 0; token < vocabulary; token++) {
          best &= all[row * vocabulary + token] <= own;
        }
        right[row] += best ? 1.0 / answers.length : 0;
      }
      progress.at(i + 1L, answers.length);
    }
    return new FunctionVectorEffect(Passes.layerNames(model), probabilities, right);
  }
}
