package org.nnsight4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.tensor.Tensor;

/** A sweep as everybody would write it: one ordinary trace for each cell. */
@NotUserCode
final class NaiveSweep<M> {
  private final SweepPlan plan;
  private final SweepSpec spec;
  private final SweepCaptures<M> captures;
  private final List<long[]> base;

  NaiveSweep(LanguageModel<M> model, SweepPlan plan) {
    this.plan = plan;
    this.spec = plan.spec();
    this.base = plan.base();
    this.captures = new SweepCaptures<>(model, plan);
  }

  Map<String, SweepCaptures.Found> run() {
    SweepCaptures.Captured own = captures.of(base, spec.action() == SweepAction.MEAN);
    SweepCaptures.Captured source = captures.of(plan.source(), spec.action() == SweepAction.PATCH);
    Tensor clean = plan.isNoise() ? own.logits() : source.logits();
    Tensor corrupted = plan.isNoise() ? source.logits() : own.logits();
    Map<String, double[]> ofBase = captures.measured(base, view -> {}, clean, corrupted);
    Map<String, double[]> other = captures.measured(plan.source(), view -> {}, clean, corrupted);
    Map<String, List<double[]>> cells = new LinkedHashMap<>();
    for (SweepCaptures<M>.Cell cell : captures.cells()) {
      Tensor target = captures.target(cell.where(), source, own);
      captures
          .measured(base, view -> cell.write(view, target), clean, corrupted)
          .forEach(
              (name, numbers) ->
                  cells
                      .computeIfAbsent(name, any -> new ArrayList<>())
                      .add(cell.existing(numbers)));
    }
    Map<String, SweepCaptures.Found> found = new LinkedHashMap<>();
    ofBase.forEach(
        (name, numbers) ->
            found.put(
                name,
                new SweepCaptures.Found(
                    Tensor.of(numbers, numbers.length),
                    Tensor.of(Objects.requireNonNull(other.get(name)), numbers.length),
                    cells(Objects.requireNonNull(cells.get(name))))));
    return found;
  }

  private Tensor cells(List<double[]> cells) {
    double[] all = new double[base.size() * cells.size()];
    for (int cell = 0; cell < cells.size(); cell++) {
      for (int prompt = 0; prompt < base.size(); prompt++) {
        all[prompt * cells.size() + cell] = cells.get(cell)[prompt];
      }
    }
    return Tensor.of(all, spec.shape(base.size(), plan.longest()));
  }
}
