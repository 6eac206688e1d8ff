package org.nnsight4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.models.decoder.DecoderPaths;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The most likely tokens after each layer, at each position. */
final class LensTable {
  private LensTable() {}

  /** One layer's tokens, most likely first: {@code [1, position, top]}. */
  private record Layer(Saved<Axis> probabilities, Saved<Axis> ids) {}

  static Heatmap of(LanguageModel<AnyModel> language, long[] prompt, int top) {
    DecoderPaths paths = DecoderPaths.of(language.config());
    List<Layer> layers =
        traced(
            language,
            prompt,
            model -> {
              List<Layer> saved = new ArrayList<>();
              for (String block : paths.blocks()) {
                Value<Axis> normed = model.module(block).output();
                for (String last : paths.last()) {
                  normed = model.module(last).apply(normed);
                }
                Value.TopK best =
                    model.module(paths.head()).apply(normed).softmax(-1).topK(top, -1);
                saved.add(new Layer(best.values().save(), best.indices().save()));
              }
              return saved;
            });
    List<String> tokens =
        Arrays.stream(prompt).mapToObj(id -> Labels.token(language.tokenizer().token(id))).toList();
    Heatmap heatmap =
        Heatmap.of("What each layer predicts next", Scale.UNIT).columns("layer", tokens);
    for (int layer = 0; layer < layers.size(); layer++) {
      List<Cell> cells = new ArrayList<>();
      for (int position = 0; position < tokens.size(); position++) {
        cells.add(cell(language, layers.get(layer), position, top));
      }
      heatmap = heatmap.row(shortened(paths.blocks().get(layer)), cells);
    }
    return heatmap;
  }

  private static <R> R traced(
      LanguageModel<AnyModel> language, long[] prompt, Function<AnyModel, R> body) {
    return language
        .trace()
        .run(generator -> generator.invoke(prompt, invoker -> body.apply(invoker.model())))
        .result();
  }

  /** The list and the number: {@code h.3} of {@code transformer.h.3}. */
  private static String shortened(String block) {
    return block.replaceFirst("^.*\\.(?=[^.]+\\.[^.]+$)", "");
  }

  private static Cell cell(LanguageModel<AnyModel> language, Layer layer, int position, int top) {
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
