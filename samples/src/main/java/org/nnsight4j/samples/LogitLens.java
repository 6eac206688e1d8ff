package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.lens.LensFigure;
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
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
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
    return LensFigure.of(
        gpt2,
        gpt2.tokenizer().encode(prompt),
        1,
        model -> {
          Map<String, Value<Vocab>> logits = new LinkedHashMap<>();
          for (int layer = 0; layer < layers; layer++) {
            Value<Hidden> hidden = model.transformer().h(layer).output(0);
            Value<Hidden> normed = model.transformer().lnF().apply(hidden);
            logits.put("h." + layer, model.lmHead().apply(normed));
          }
          return logits;
        });
  }
}
