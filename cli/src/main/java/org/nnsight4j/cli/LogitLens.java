package org.nnsight4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The most likely tokens after each layer, at each position. */
final class LogitLens {
  private LogitLens() {}

  /** One layer's tokens, most likely first: {@code [1, position, top]}. */
  private record Layer(Saved<Axis> probabilities, Saved<Axis> ids) {}

  static Heatmap of(LanguageModel<Gpt2> language, String prompt, int top) {
    int count = language.config().integer("n_layer");
    List<Layer> layers =
        language.trace(
            prompt,
            model -> {
              List<Layer> saved = new ArrayList<>();
              for (int h = 0; h < count; h++) {
                Value<Gpt2.Hidden> hidden = model.transformer().h(h).output(0);
                Value.TopK best =
                    model
                        .lmHead()
                        .apply(model.transformer().lnF().apply(hidden))
                        .softmax(-1)
                        .topK(top, -1);
                saved.add(new Layer(best.values().save(), best.indices().save()));
              }
              return saved;
            });
    List<String> tokens =
        Arrays.stream(language.tokenizer().encode(prompt))
            .mapToObj(id -> Labels.token(language.tokenizer().token(id)))
            .toList();
    Heatmap heatmap =
        Heatmap.of("What each layer predicts next", Scale.UNIT).columns("layer", tokens);
    for (int h = 0; h < count; h++) {
      List<Cell> cells = new ArrayList<>();
      for (int position = 0; position < tokens.size(); position++) {
        cells.add(cell(language, layers.get(h), position, top));
      }
      heatmap = heatmap.row("h." + h, cells);
    }
    return heatmap;
  }

  private static Cell cell(LanguageModel<Gpt2> language, Layer layer, int position, int top) {
    List<String> lines = new ArrayList<>();
    List<String> hints = new ArrayList<>();
    for (int rank = 0; rank < top; rank++) {
      long id = (long) layer.ids().value().get(0, position, rank);
      double probability = layer.probabilities().value().get(0, position, rank);
      String token = language.tokenizer().token(id);
      lines.add(Labels.token(token) + " " + Labels.percent(probability));
      hints.add(String.format(Locale.ROOT, "\"%s\" (token %d): %.4f", token, id, probability));
    }
    return new Cell(
        lines, layer.probabilities().value().get(0, position, 0), String.join("\n", hints));
  }
}
