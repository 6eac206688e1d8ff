package org.nnsight4j.toolkit.lens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.LinearModule;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Value;

/**
 * The Jacobian lens (Gurnee et al. 2026, "Verbalizable Representations Form a Global Workspace in
 * Language Models"): what a layer's stream does, to first order and on average, to the last
 * layer's, and what the model would predict of that: {@code W_U norm(J_l h_l) + b_U}, with the
 * model's own cap on logits, where
 *
 * <pre>{@code
 * J_l = mean over prompts of 1/|V| sum over t, t' in V, t' >= t of d h_last[t'] / d h_l[t]
 * }</pre>
 *
 * <p>and {@code V} are the positions but the first few and the last. {@code J_l} is {@code [hidden,
 * hidden]}, its rows are those of the last stream. With {@code J_l = I} it is the logit lens.
 *
 * <pre>{@code
 * JacobianLens lens = JacobianLens.open(gpt2, Path.of("gpt2_jacobian_lens.pt"));
 * LogitLensResult read = lens.topK(5).target(" Paris").run("The Eiffel Tower is in the city of");
 * }</pre>
 *
 * <p>Immutable.
 */
public final class JacobianLens {
  private final LensReading reading;
  private final SortedMap<Integer, Tensor> matrices;
  private final int prompts;

  private JacobianLens(LensReading reading, SortedMap<Integer, Tensor> matrices, int prompts) {
    this.reading = reading;
    this.matrices = matrices;
    this.prompts = prompts;
  }

  /** Fits a lens to texts. */
  public static JacobianLensFit fit(LanguageModel<?> model) {
    return JacobianLensFit.of(model);
  }

  /**
   * A lens of your own matrices.
   *
   * @param matrices by layer, {@code [hidden, hidden]}; the last layer has none
   * @param prompts over how many prompts they are means
   */
  public static JacobianLens of(
      LanguageModel<?> model, Map<Integer, Tensor> matrices, int prompts) {
    int width = Passes.width(model);
    int layers = Passes.layers(model);
    if (matrices.isEmpty() || prompts < 1) {
      throw new RunException(
          "expected a matrix and a prompt or more, found %s and %s"
              .formatted(matrices.size(), prompts));
    }
    matrices.forEach(
        (layer, matrix) -> {
          if (layer < 0 || layer > layers - 2) {
            throw new RunException(
                "expected matrices of layers 0 to %s, found one of layer %s"
                    .formatted(layers - 2, layer));
          }
          if (!Arrays.equals(matrix.shape(), new long[] {width, width})) {
            throw new RunException(
                "expected a matrix [%s, %s] for layer %s, found %s"
                    .formatted(width, width, layer, matrix.header()));
          }
        });
    return new JacobianLens(LensReading.of(model), new TreeMap<>(matrices), prompts);
  }

  /**
   * Reads a lens, for example one of neuronpedia/jacobian-lens on the hub, or the sums of a fit
   * that is not over.
   *
   * @throws org.nnsight4j.error.CheckpointException if it is damaged, of another model, or onto
   *     another layer than the last
   */
  public static JacobianLens open(LanguageModel<?> model, Path file) {
    JacobianFile found = JacobianFile.read(file, Passes.layers(model), Passes.width(model));
    Identity.require("the lens " + file, found.model(), model.blueprint().architecture(), true);
    return new JacobianLens(LensReading.of(model), found.matrices(), found.prompts());
  }

  /** Writes a file that the reference implementation and TransformerLens read, in FLOAT32. */
  public void save(Path file) throws IOException {
    new JacobianFile(matrices, prompts, "").write(file, Passes.width(reading.model()));
  }

  /** Both as if they were one fit: the means weigh as much as they have prompts. */
  public JacobianLens merge(JacobianLens other) {
    if (!matrices.keySet().equals(other.matrices.keySet())
        || Passes.width(reading.model()) != Passes.width(other.reading.model())) {
      throw new RunException(
          "expected two lenses of the same layers and width, found %s and %s"
              .formatted(matrices.keySet(), other.matrices.keySet()));
    }
    Identity.require(
        "the other lens",
        Identity.of(other.reading.model()),
        reading.model().blueprint().architecture(),
        true);
    int all = prompts + other.prompts;
    SortedMap<Integer, Tensor> merged = new TreeMap<>();
    matrices.forEach(
        (layer, matrix) -> {
          double[] sum = Numbers.times(Numbers.of(matrix), prompts / (double) all);
          Numbers.add(sum, Numbers.of(other.matrix(layer)), other.prompts / (double) all);
          merged.put(layer, Numbers.tensor(sum, matrix.shape()));
        });
    return new JacobianLens(reading, merged, all);
  }

  /** How many of the likeliest tokens to keep. */
  public JacobianLens topK(int k) {
    return new JacobianLens(reading.topK(k), matrices, prompts);
  }

  /**
   * A token whose probability and rank to keep as well.
   *
   * @param token a text of one token; mind the space before a word
   */
  public JacobianLens target(String token) {
    return new JacobianLens(reading.target(Answer.of(reading.model(), token)), matrices, prompts);
  }

  /** {@link #target(String)} by its id. */
  public JacobianLens target(long id) {
    return new JacobianLens(reading.target(Answer.of(reading.model(), id)), matrices, prompts);
  }

  /** The layers that it has matrices of. */
  public List<Integer> layers() {
    return List.copyOf(matrices.keySet());
  }

  /** Over how many prompts it is a mean. */
  public int prompts() {
    return prompts;
  }

  /** {@code J_l}, {@code [hidden, hidden]}. */
  public Tensor matrix(int layer) {
    Tensor matrix = matrices.get(Passes.layer(reading.model(), layer));
    if (matrix == null) {
      throw new RunException(
          "this lens has no matrix of layer %s, only of %s".formatted(layer, matrices.keySet()));
    }
    return matrix;
  }

  /**
   * The direction of a layer's stream that belongs to a token, {@code J_l' W_U[token]}: to steer
   * by, or to remove; {@code [hidden]}.
   *
   * @param token a text of one token
   */
  public Tensor vector(int layer, String token) {
    return vector(layer, Answer.of(reading.model(), token));
  }

  /** {@link #vector(int, String)} by the token's id. */
  public Tensor vector(int layer, long token) {
    return vector(layer, Answer.of(reading.model(), token));
  }

  private Tensor vector(int layer, Answer token) {
    double[] matrix = Numbers.of(matrix(layer));
    int width = Passes.width(reading.model());
    double[] row =
        LinearModule.unembedding(
                reading.model(),
                List.of(Passes.places(reading.model()).unembedding()),
                width,
                token,
                List.of())
            .before();
    double[] vector = new double[width];
    for (int out = 0; out < width; out++) {
      for (int in = 0; in < width; in++) {
        vector[in] += matrix[out * width + in] * row[out];
      }
    }
    return Numbers.tensor(vector);
  }

  /**
   * The stream that a layer's becomes, {@code J_l h_l}, in a recording of yours; {@code [batch,
   * position, hidden]}.
   *
   * @param layer from 0, or from -1 backwards; the last is given as it is
   */
  public Value<Axis> transported(Decoder view, int layer) {
    int from0 = Passes.layer(reading.model(), layer);
    Value<Axis> stream = Passes.any(view.layer(from0).output());
    if (from0 == view.layerCount() - 1) {
      return stream;
    }
    Value<Axis> matrix = stream.constant(matrix(from0)).toType(stream.dtype()).as(Axis.class);
    return stream.matMul(matrix.transpose());
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    return reading.cost(PromptTokens.of(reading.model(), prompt), matrices.size() + 1);
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
    List<Integer> all = new ArrayList<>(matrices.keySet());
    all.add(names.size() - 1);
    List<LogitLensResult.Found> rows =
        Passes.trace(
            reading.model(),
            prompt.ids(),
            view ->
                all.stream()
                    .map(
                        layer ->
                            new LogitLensResult.Found(
                                layer,
                                names.get(layer),
                                reading.keep(TunedLens.logits(view, transported(view, layer)))))
                    .toList());
    return new LogitLensResult("jacobian lens", reading, prompt, rows);
  }
}
