package org.nnsight4j.toolkit.lens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.tokenizer.Tokenizer;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A picture of the logit lens: the most likely tokens after each layer, at each position of a
 * prompt.
 */
public final class LensFigure {
  private LensFigure() {}

  /** One layer's tokens, most likely first: {@code [1, position, top]}. */
  private record Layer(Saved<Axis> probabilities, Saved<Axis> ids) {}

  /**
   * Runs one forward pass and draws what each layer would predict.
   *
   * @param prompt the ids of its tokens
   * @param top how many tokens each cell shows
   * @param logits returns the logits after each layer, {@code [1, position, vocabulary]}, by the
   *     names of the figure's rows, in their order
   */
  public static <M> Heatmap of(
      LanguageModel<M> language,
      long[] prompt,
      int top,
      Function<M, ? extends Map<String, ? extends Value<? extends Axis>>> logits) {
    Map<String, Layer> layers =
        language
            .trace()
            .run(
                generator ->
                    generator.invoke(prompt, invoker -> saved(logits.apply(invoker.model()), top)))
            .result();
    List<String> tokens =
        Arrays.stream(prompt).mapToObj(id -> Labels.token(language.tokenizer().token(id))).toList();
    Heatmap heatmap =
        Heatmap.of("What each layer predicts next", Scale.UNIT).columns("layer", tokens);
    for (Map.Entry<String, Layer> layer : layers.entrySet()) {
      Tensor probabilities = layer.getValue().probabilities().value();
      Tensor ids = layer.getValue().ids().value();
      List<Cell> cells = new ArrayList<>();
      for (int position = 0; position < tokens.size(); position++) {
        cells.add(cell(language.tokenizer(), probabilities, ids, position));
      }
      heatmap = heatmap.row(layer.getKey(), cells);
    }
    return heatmap;
  }

  private static Map<String, Layer> saved(
      Map<String, ? extends Value<? extends Axis>> logits, int top) {
    Map<String, Layer> saved = new LinkedHashMap<>();
    logits.forEach(
        (name, value) -> {
          Value.TopK best = value.softmax(-1).topK(top, -1);
          saved.put(name, new Layer(best.values().save(), best.indices().save()));
        });
    return saved;
  }

  private static Cell cell(Tokenizer tokenizer, Tensor probabilities, Tensor ids, int position) {
    List<String> lines = new ArrayList<>();
    List<String> hints = new ArrayList<>();
    for (int rank = 0; rank < ids.shape(-1); rank++) {
      long id = (long) ids.get(0, position, rank);
      double probability = probabilities.get(0, position, rank);
      String token = tokenizer.token(id);
      lines.add(Labels.token(token) + " " + Labels.percent(probability));
      hints.add(String.format(Locale.ROOT, "\"%s\" (token %s): %.4f", token, id, probability));
    }
    return new Cell(lines, probabilities.get(0, position, 0), String.join("\n", hints));
  }
}
