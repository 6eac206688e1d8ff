package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Activation patching: where does the model keep who gets the drink? One input says it right, many
 * copies of another have the names exchanged. Each copy gets one layer's residual stream at one
 * position from the right input; the more the answer comes back, the more was kept there.
 *
 * <p>All inputs are invokers of one run, so all are one batch and one forward pass.
 */
public final class ActivationPatching {
  private static final String CLEAN = "When Mary and John went to the store, John gave a drink to";
  private static final String SWAPPED =
      "When John and Mary went to the store, Mary gave a drink to";

  private ActivationPatching() {}

  /** What a run keeps: how much more likely Mary is than John, as a difference of logits. */
  private record Differences(Saved<?> clean, Saved<?> swapped, List<List<Saved<?>>> patched) {}

  /** Prints a table and writes the same as a picture. */
  public static void main(String[] args) throws IOException {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Heatmap table = recovered(gpt2);
      System.out.println(table.text(120));
      Path picture = Path.of("target", "activation-patching.svg");
      Files.createDirectories(picture.toAbsolutePath().getParent());
      Files.writeString(picture, table.svg());
      System.out.println("Picture: " + picture.toAbsolutePath());
    }
  }

  /** 0 is the answer of the swapped sentence, 1 that of the clean one. */
  static Heatmap recovered(LanguageModel<Gpt2> gpt2) {
    int layers = gpt2.config().integer("n_layer");
    long[] tokens = gpt2.tokenizer().encode(SWAPPED);
    Differences found =
        gpt2.trace()
            .run(
                generator -> {
                  Invoker<Gpt2> clean = generator.invoke(CLEAN);
                  Saved<?> cleanDifference = maryOverJohn(gpt2, clean.model());
                  Saved<?> swappedDifference =
                      generator.invoke(SWAPPED, invoker -> maryOverJohn(gpt2, invoker.model()));
                  List<List<Saved<?>>> patched = new ArrayList<>();
                  for (int layer = 0; layer < layers; layer++) {
                    Value<Hidden> source = clean.model().transformer().h(layer).output(0);
                    List<Saved<?>> row = new ArrayList<>();
                    for (int position = 0; position < tokens.length; position++) {
                      Gpt2 model = generator.invoke(SWAPPED).model();
                      model.transformer().h(layer).output(0).at(position).set(source.at(position));
                      row.add(maryOverJohn(gpt2, model));
                    }
                    patched.add(row);
                  }
                  return new Differences(cleanDifference, swappedDifference, patched);
                })
            .result();
    return table(gpt2, tokens, found);
  }

  private static Saved<Vocab> maryOverJohn(LanguageModel<Gpt2> gpt2, Gpt2 model) {
    long mary = gpt2.tokenizer().encode(" Mary")[0];
    long john = gpt2.tokenizer().encode(" John")[0];
    Value<Vocab> last = model.output().at(-1);
    return last.get("0, " + mary).sub(last.get("0, " + john)).save();
  }

  private static Heatmap table(LanguageModel<Gpt2> gpt2, long[] tokens, Differences found) {
    double clean = found.clean().value().item();
    double swapped = found.swapped().value().item();
    Heatmap heatmap =
        Heatmap.of("Share of the answer that one patched vector brings back", Scale.SIGNED)
            .columns(
                "layer",
                Arrays.stream(tokens)
                    .mapToObj(id -> Labels.token(gpt2.tokenizer().token(id)))
                    .toList());
    for (int layer = 0; layer < found.patched().size(); layer++) {
      List<Cell> cells = new ArrayList<>();
      for (Saved<?> patched : found.patched().get(layer)) {
        double share = (patched.value().item() - swapped) / (clean - swapped);
        long percent = Math.round(100 * share);
        cells.add(Cell.of(percent + "%", share));
      }
      heatmap = heatmap.row("h." + layer, cells);
    }
    return heatmap;
  }
}
