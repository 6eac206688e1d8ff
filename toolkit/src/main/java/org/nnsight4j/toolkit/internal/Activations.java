package org.nnsight4j.toolkit.internal;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.values.Saved;

/** The residual stream of many prompts at some positions. */
public final class Activations {
  /** Prompts in one pass. */
  private static final int BATCH = 16;

  private Activations() {}

  /**
   * Runs prompts in batches; each is a row of its own, so that no padding is read.
   *
   * @param layers whose outputs are read
   * @param positions from 0, or from -1 backwards
   * @return {@code [prompt][layer and position][hidden]}: all positions of the first layer first
   */
  public static double[][][] of(
      LanguageModel<?> model,
      List<PromptTokens> prompts,
      List<Integer> layers,
      List<Integer> positions,
      Progress progress) {
    double[][][] all = new double[prompts.size()][layers.size() * positions.size()][];
    for (int from = 0; from < prompts.size(); from += BATCH) {
      List<PromptTokens> some = prompts.subList(from, Math.min(from + BATCH, prompts.size()));
      some.forEach(prompt -> positions.forEach(prompt::position));
      List<List<Saved<Axis>>> saved =
          Passes.all(
              model,
              some.stream().map(PromptTokens::ids).toList(),
              (view, row) -> {
                List<Saved<Axis>> each = new ArrayList<>();
                for (int layer : layers) {
                  for (int position : positions) {
                    each.add(Passes.any(view.layer(layer).output()).at(position).save());
                  }
                }
                return each;
              });
      for (int row = 0; row < some.size(); row++) {
        for (int place = 0; place < all[0].length; place++) {
          all[from + row][place] = Numbers.of(saved.get(row).get(place).value());
        }
      }
      progress.at(from + (long) some.size(), prompts.size());
    }
    return all;
  }
}
