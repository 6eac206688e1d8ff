package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * The logit lens: what would the model say if it ended after layer 0, 1, 2...? The final layer norm
 * and the unembedding are applied to the residual stream after each block.
 */
public final class LogitLens {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  private LogitLens() {}

  /** Prints a table and writes the same as a picture. */
  public static void main(String[] args) throws IOException {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open()) {
      Heatmap lens = lens(gpt2, PROMPT);
      System.out.println(lens.text(100));
      Path picture = Path.of("target", "logit-lens.svg");
      Files.createDirectories(picture.toAbsolutePath().getParent());
      Files.writeString(picture, lens.svg());
      System.out.println("Picture: " + picture.toAbsolutePath());
    }
  }

  static Heatmap lens(LanguageModel<Gpt2> gpt2, String prompt) {
    int layers = gpt2.config().integer("n_layer");
    List<Saved<Vocab>> lenses =
        gpt2.trace(
            prompt,
            model -> {
              List<Saved<Vocab>> saved = new ArrayList<>();
              for (int layer = 0; layer < layers; layer++) {
                Value<Gpt2.Hidden> hidden = model.transformer().h(layer).output(0);
                Value<Gpt2.Hidden> normed = model.transformer().lnF().apply(hidden);
                saved.add(model.lmHead().apply(normed).softmax(-1).save());
              }
              return saved;
            });
    long[] ids = gpt2.tokenizer().encode(prompt);
    Heatmap heatmap =
        Heatmap.of("What each layer predicts next", Scale.UNIT)
            .columns(
                "layer",
                LongStream.of(ids)
                    .mapToObj(id -> Labels.token(gpt2.tokenizer().token(id)))
                    .toList());
    for (int layer = 0; layer < layers; layer++) {
      List<Cell> cells = new ArrayList<>();
      for (int position = 0; position < ids.length; position++) {
        cells.add(mostLikely(gpt2, lenses.get(layer).value(), position));
      }
      heatmap = heatmap.row("h." + layer, cells);
    }
    return heatmap;
  }

  private static Cell mostLikely(LanguageModel<Gpt2> gpt2, Tensor probabilities, int position) {
    int best = 0;
    for (int id = 1; id < probabilities.shape(-1); id++) {
      if (probabilities.get(0, position, id) > probabilities.get(0, position, best)) {
        best = id;
      }
    }
    double probability = probabilities.get(0, position, best);
    String token = Labels.token(gpt2.tokenizer().token(best));
    return Cell.of(token + " " + Labels.percent(probability), probability);
  }
}
