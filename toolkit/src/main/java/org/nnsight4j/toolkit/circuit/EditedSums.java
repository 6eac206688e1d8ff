package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.internal.HeadWrites;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Whether edges mean something on a model with edits: what differs between two prompts in what a
 * layer reads must be what heads and MLPs wrote differently. So it is where an edit changes what a
 * part reads or computes, or adds a constant; and not where it changes the stream by what is in it.
 */
final class EditedSums {
  /** How much of a difference may be rounding. */
  private static final double ROUNDING = 1e-3;

  private EditedSums() {}

  /** Refuses a model whose edits change the stream themselves; one more pass for each pair. */
  static void require(
      LanguageModel<?> model, CircuitSizes sizes, PromptPairs pairs, String analysis) {
    if (model.edits().isEmpty()) {
      return;
    }
    for (int pair = 0; pair < pairs.size(); pair++) {
      List<long[]> rows = List.of(pairs.clean().get(pair).ids(), pairs.corrupted().get(pair).ids());
      List<Saved<Axis>> off = Passes.rows(model, rows, view -> off(model, sizes, view));
      for (int layer = 0; layer < off.size(); layer++) {
        double share = off.get(layer).value().item();
        if (!(share <= ROUNDING)) {
          throw new RunException(
              "%s adds up what heads and MLPs write, and this model has edits (%s) that change the residual stream in another way: up to %s they do not add up; run it on the model without them, or after clearEdits(). PathPatching runs with them"
                  .formatted(analysis, model.edits().size(), Passes.layerNames(model).get(layer)));
        }
      }
    }
  }

  private static List<Saved<Axis>> off(LanguageModel<?> model, CircuitSizes sizes, Decoder view) {
    List<Saved<Axis>> all = new ArrayList<>();
    Value<Axis> sum = difference(Passes.any(view.embedded()));
    for (int layer = 0; layer < sizes.layers(); layer++) {
      HeadWrites heads = new HeadWrites(model, view, layer);
      Value<Axis> attention = heads.of("0:1").sub(heads.of("1:2")).sum(1);
      sum = sum.add(attention).add(difference(Passes.any(view.layer(layer).mlpOut())));
      Value<Axis> read = difference(Passes.any(view.layer(layer).output()));
      all.add(sum.sub(read).abs().max().div(read.abs().max()).save());
    }
    return all;
  }

  private static Value<Axis> difference(Value<Axis> value) {
    return value.get("0:1").sub(value.get("1:2"));
  }
}
