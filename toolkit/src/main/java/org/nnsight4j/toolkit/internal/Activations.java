package org.nnsight4j.toolkit.internal;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.values.Saved;

/** The residual stream of many prompts at one position each. */
public final class Activations {
  /** Prompts in one pass. */
  private static final int BATCH = 16;

  private Activations() {}

  /**
   * Runs prompts in batches; each is a row of its own, so that no padding is read.
   *
   * @param layers whose outputs are read
   * @param position from 0, or from -1 backwards
   * @return {@code [prompt][layer][hidden]}, layers in the order of {@code layers}
   */
  public static double[][][] of(
      LanguageModel<?> model,
      List<PromptTokens> prompts,
      List<Integer> layers,
      int position,
      Progress progress) {
    double[][][] all = new double[prompts.size()][layers.size()][];
    for (int from = 0; from < prompts.size(); from += BATCH) {
      List<PromptTokens> some = prompts.subList(from, Math.min(from + BATCH, prompts.size()));
      some.forEach(prompt -> prompt.position(position));
      List<List<Saved<Axis>>> saved =
          Passes.all(
              model,
              some.stream().map(PromptTokens::ids).toList(),
              (view, row) -> {
                List<Saved<Axis>> each = new ArrayList<>();
                for (int layer : layers) {
                  each.add(Passes.any(view.layer(layer).output()).at(position).save());
                }
                return each;
              });
      for (int row = 0; row < some.size(); row++) {
        for (int layer = 0; layer < layers.size(); layer++) {
          all[from + row][layer] = Numbers.of(saved.get(row).get(layer).value());
        }
      }
      progress.at(from + (long) some.size(), prompts.size());
    }
    return all;
  }
}
