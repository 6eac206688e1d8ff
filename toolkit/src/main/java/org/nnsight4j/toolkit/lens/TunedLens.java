package org.nnsight4j.toolkit.lens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Value;

/**
 * The tuned lens (Belrose et al. 2023, arXiv:2303.08112): the logit lens after a translator of each
 * layer, {@code W_U norm(h_l + A_l h_l + b_l) + b_U}, with the model's own cap on logits. The
 * translators are trained so that each layer predicts what the last one does.
 *
 * <pre>{@code
 * TunedLens lens = TunedLens.open(gpt2, Path.of("lens/gpt2")); // as the package tuned-lens saves it
 * LogitLensResult read = lens.topK(5).target(" Paris").run("The Eiffel Tower is in the city of");
 * }</pre>
 *
 * <p>As in that package, translator 0 reads the embeddings, translator {@code i} the stream after
 * layer {@code i - 1}; the last layer has none, so that its row is what the model predicts. {@code
 * A_l} is {@code [hidden, hidden]}, {@code b_l} {@code [hidden]}. Immutable.
 */
public final class TunedLens {
  private final LensReading reading;
  private final Translators translators;

  TunedLens(LensReading reading, Translators translators) {
    this.reading = reading;
    this.translators = translators;
  }

  /** A lens before training: all translators are 0, which is the logit lens. */
  public static TunedLens of(LanguageModel<?> model) {
    return new TunedLens(
        LensReading.of(model), Translators.zero(Passes.layers(model), Passes.width(model)));
  }

  /** Training of a lens. */
  public static TunedLensTraining training(LanguageModel<?> model) {
    return TunedLensTraining.of(model);
  }

  /**
   * Reads a lens that the package tuned-lens (0.1 and 0.2) or {@link #save} wrote.
   *
   * @param folder with {@code config.json} and {@code params.pt}
   * @throws org.nnsight4j.error.CheckpointException if it is damaged, or of another form
   * @throws RunException if it is of a model of another size, or names another type of model
   */
  public static TunedLens open(LanguageModel<?> model, Path folder) {
    return new TunedLens(LensReading.of(model), Translators.read(folder, model));
  }

  /** Writes {@code config.json} and {@code params.pt}, which the package tuned-lens reads. */
  public void save(Path folder) throws IOException {
    translators.write(folder, Identity.of(reading.model()));
  }

  /** How many of the likeliest tokens to keep. */
  public TunedLens topK(int k) {
    return new TunedLens(reading.topK(k), translators);
  }

  /**
   * A token whose probability and rank to keep as well.
   *
   * @param token a text of one token; mind the space before a word
   */
  public TunedLens target(String token) {
    return new TunedLens(reading.target(Answer.of(reading.model(), token)), translators);
  }

  /** {@link #target(String)} by its id. */
  public TunedLens target(long id) {
    return new TunedLens(reading.target(Answer.of(reading.model(), id)), translators);
  }

  /**
   * {@code A_i}, as {@code torch.nn.Linear} has it: {@code [hidden out, hidden in]}.
   *
   * @param translator 0 reads the embeddings, {@code i} the stream after layer {@code i - 1}
   */
  public Tensor matrix(int translator) {
    return translators.matrix(translator);
  }

  /** {@code b_i}, {@code [hidden]}. */
  public Tensor bias(int translator) {
    return translators.bias(translator);
  }

  /**
   * The translated stream after a layer, in a recording of yours; {@code [batch, position,
   * hidden]}.
   *
   * @param layer from 0, or from -1 backwards; the last has no translator and is given as it is
   */
  public Value<Axis> translated(Decoder view, int layer) {
    int from0 = Passes.layer(reading.model(), layer);
    Value<Axis> stream = Passes.any(view.layer(from0).output());
    return from0 == view.layerCount() - 1 ? stream : translate(stream, from0 + 1);
  }

  private Value<Axis> translate(Value<Axis> stream, int translator) {
    Value<Axis> matrix = stream.constant(matrix(translator)).toType(stream.dtype()).as(Axis.class);
    Value<Axis> bias = stream.constant(bias(translator)).toType(stream.dtype()).as(Axis.class);
    return translate(stream, matrix, bias);
  }

  /** The formula, for constants and for what is trained. */
  static Value<Axis> translate(Value<Axis> stream, Value<Axis> matrix, Value<Axis> bias) {
    return stream.add(stream.matMul(matrix.transpose()).add(bias)).as(Axis.class);
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    return reading.cost(
        PromptTokens.of(reading.model(), prompt), Passes.layers(reading.model()) + 1);
  }

  /** Runs on a text. */
  public LogitLensResult run(String prompt) {
    return over(PromptTokens.of(reading.model(), prompt));
  }

  /** Runs on token ids. */
  public LogitLensResult run(long[] prompt) {
    return over(PromptTokens.of(reading.model(), prompt));
  }

  private LogitLensResult over(PromptTokens prompt) {
    List<String> names = Passes.layerNames(reading.model());
    List<LogitLensResult.Found> rows =
        Passes.trace(
            reading.model(),
            prompt.ids(),
            view -> {
              List<LogitLensResult.Found> found = new ArrayList<>();
              for (int layer = LogitLensResult.EMBEDDING; layer < view.layerCount(); layer++) {
                String name = layer < 0 ? "embedding" : names.get(layer);
                found.add(
                    new LogitLensResult.Found(
                        layer, name, reading.keep(logits(view, stream(view, layer)))));
              }
              return found;
            });
    return new LogitLensResult("tuned lens", reading, prompt, rows);
  }

  private Value<Axis> stream(Decoder view, int layer) {
    return layer < 0 ? translate(Passes.any(view.embedded()), 0) : translated(view, layer);
  }

  static Value<Axis> logits(Decoder view, Value<Axis> stream) {
    return Passes.any(view.project(stream.as(Decoder.Hidden.class)));
  }

  /**
   * How far each layer's prediction is from the model's, by this lens and by the logit lens: the
   * mean of {@code KL(model || lens)} over tokens, in nats. Texts should be others than those of
   * the training.
   */
  public LensDivergenceResult divergence(List<String> texts) {
    return divergenceOf(PromptTokens.all(reading.model(), texts));
  }

  /** {@link #divergence} on token ids. */
  public LensDivergenceResult divergenceIds(List<long[]> texts) {
    return divergenceOf(texts.stream().map(ids -> PromptTokens.of(reading.model(), ids)).toList());
  }

  private LensDivergenceResult divergenceOf(List<PromptTokens> texts) {
    LensDivergenceResult.Sums sums =
        new LensDivergenceResult.Sums(Passes.layers(reading.model()) + 1);
    for (PromptTokens text : texts) {
      sums.add(
          text.length(),
          Passes.trace(
              reading.model(),
              text.ids(),
              view -> {
                List<LensDivergenceResult.Both> found = new ArrayList<>();
                for (int layer = LogitLensResult.EMBEDDING; layer < view.layerCount(); layer++) {
                  Value<Axis> plain =
                      Passes.any(layer < 0 ? view.embedded() : view.layer(layer).output());
                  found.add(
                      new LensDivergenceResult.Both(
                          divergence(view, stream(view, layer)).sum().save(),
                          divergence(view, plain).sum().save()));
                }
                return found;
              }));
    }
    return sums.result(Passes.layerNames(reading.model()));
  }

  /** {@code KL(model || lens)} of each token, {@code [batch, position]}. */
  static Value<Axis> divergence(Decoder view, Value<Axis> stream) {
    Value<Axis> last = Passes.any(view.logits()).detach().logSoftmax(-1);
    Value<Axis> lens = logits(view, stream).logSoftmax(-1);
    return last.exp().mul(last.sub(lens)).sum(-1);
  }
}
