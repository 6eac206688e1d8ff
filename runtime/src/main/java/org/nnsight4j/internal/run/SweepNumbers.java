package org.nnsight4j.internal.run;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.internal.sweep.SweepCell;
import org.nnsight4j.internal.sweep.SweepLayout;
import org.nnsight4j.internal.sweep.SweepLayout.Entry;
import org.nnsight4j.internal.sweep.SweepLayout.Group;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.tensor.Tensor;

/** The results of a sweep so far. What cannot exist, as a position behind a prompt, is NaN. */
final class SweepNumbers {
  private final SweepSpec spec;
  private final SweepLayout layout;
  private final int prompts;
  private final Map<Integer, double[]> base = new HashMap<>();
  private final Map<Integer, double[]> source = new HashMap<>();
  private final Map<Integer, double[]> cells = new HashMap<>();

  SweepNumbers(SweepSpec spec, SweepLayout layout, int prompts) {
    this.spec = spec;
    this.layout = layout;
    this.prompts = prompts;
  }

  /** Takes the metrics of the runs without interventions, which are those of unchanged cells. */
  void runs(Group group, Map<Integer, double[]> ofBase, Map<Integer, double[]> ofSource) {
    ofBase.forEach(
        (save, all) -> {
          double[] numbers = filled(base, save, prompts);
          double[] each = filled(cells, save, prompts * layout.cells().size());
          for (int pair : group.pairs()) {
            numbers[pair] = all[pair];
            for (SweepCell cell : layout.cells()) {
              if (layout.exists(cell, group.length())) {
                each[at(pair, cell)] = all[pair];
              }
            }
          }
        });
    ofSource.forEach(
        (save, all) -> {
          double[] numbers = filled(source, save, prompts);
          for (int pair : group.pairs()) {
            numbers[pair] = all[pair];
          }
        });
  }

  /** Takes the metrics of a cell. */
  void cell(Group group, Entry entry, Map<Integer, double[]> metrics) {
    metrics.forEach(
        (save, all) -> {
          double[] each = filled(cells, save, prompts * layout.cells().size());
          for (int row : entry.rows()) {
            int pair = group.pairs()[row];
            each[at(pair, entry.cell())] = all[pair];
          }
        });
  }

  private int at(int pair, SweepCell cell) {
    return pair * layout.cells().size() + cell.index();
  }

  private static double[] filled(Map<Integer, double[]> all, int save, int size) {
    return all.computeIfAbsent(
        save,
        any -> {
          double[] numbers = new double[size];
          Arrays.fill(numbers, Double.NaN);
          return numbers;
        });
  }

  /** The results by save node and step. */
  Map<Integer, Map<Integer, Tensor>> saved() {
    Map<Integer, Map<Integer, Tensor>> saved = new TreeMap<>();
    cells.forEach(
        (save, numbers) -> {
          Map<Integer, Tensor> steps = new TreeMap<>();
          steps.put(SweepSpec.BASE, Tensor.of(filled(base, save, prompts), prompts));
          steps.put(SweepSpec.SOURCE, Tensor.of(filled(source, save, prompts), prompts));
          steps.put(SweepSpec.CELLS, Tensor.of(numbers, spec.shape(prompts, layout.longest())));
          saved.put(save, steps);
        });
    return saved;
  }
}
