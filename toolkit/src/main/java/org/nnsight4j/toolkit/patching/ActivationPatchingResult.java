package org.nnsight4j.toolkit.patching;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** What a patch at each place does to an answer. */
public final class ActivationPatchingResult implements AnalysisResult {
  /** Two measures that differ by less differ by rounding alone. */
  private static final double SAME = 1e-5;

  private final List<PromptTokens> prompts;
  private final List<String> layers;
  private final SweepSite site;
  private final boolean noise;
  private final String measured;
  private final Measured question;
  private final SweepResult found;

  ActivationPatchingResult(
      Measured question, List<String> layers, String measured, SweepResult found) {
    this.prompts = question.clean();
    this.layers = layers;
    this.site = question.site();
    this.noise = question.noise();
    this.measured = measured;
    this.question = question;
    this.found = found;
    for (int i = 0; i < prompts.size(); i++) {
      if (Math.abs(clean(i) - corrupted(i)) <= SAME * (1 + Math.abs(clean(i)))) {
        throw new RunException(
            "both prompts of pair %s give the same measure (%s), so there is no effect to measure: %s"
                .formatted(i, clean(i), prompts.get(i)));
      }
    }
  }

  /** All numbers, with their axes: three metrics, of which {@code measure} gives the effects. */
  public SweepResult sweep() {
    return found;
  }

  /** What the effects are of. */
  Measured question() {
    return question;
  }

  /** Whether each position was patched alone. */
  boolean everyPosition() {
    return count("position") > 1 || prompts.stream().allMatch(each -> each.length() == 1);
  }

  /** The measure of a pair's clean run. */
  public double clean(int pair) {
    return found.clean(ActivationPatching.MEASURE).at(pair(pair));
  }

  private int pair(int pair) {
    return Index.of("pair", pair, prompts.size());
  }

  /** The measure of a pair's corrupted run. */
  public double corrupted(int pair) {
    return found.corrupted(ActivationPatching.MEASURE).at(pair(pair));
  }

  /**
   * The mean effect of a patch over pairs: 1 for the whole difference between the two runs, 0 for
   * nothing.
   *
   * @param position the position; 0 where all are patched together
   * @param head the head; 0 at places without heads
   */
  public double effect(int layer, int position, int head) {
    double sum = 0;
    int count = 0;
    for (int pair = 0; pair < prompts.size(); pair++) {
      double effect = at(found.normalized(ActivationPatching.MEASURE), pair, layer, position, head);
      if (!Double.isNaN(effect)) {
        sum += noise ? 1 - effect : effect;
        count++;
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }

  /** The measure of one pair with one patch. */
  public double measure(int pair, int layer, int position, int head) {
    return at(found.of(ActivationPatching.MEASURE), pair, layer, position, head);
  }

  /** The probability of the answer of one pair with one patch. */
  public double probability(int pair, int layer, int position, int head) {
    return at(found.of(ActivationPatching.PROBABILITY), pair, layer, position, head);
  }

  private double at(Tensor cells, int pair, int layer, int position, int head) {
    if (!site.hasHeads()) {
      Index.onlyZero("head", head, "%s has no heads".formatted(site));
    }
    if (!everyPosition()) {
      Index.onlyZero("position", position, "all positions were patched together");
    }
    List<SweepResult.Axis> axes = found.axes();
    long[] index = new long[axes.size()];
    for (int i = 0; i < index.length; i++) {
      index[i] =
          switch (axes.get(i).name()) {
            case "prompt" -> Index.of("pair", pair, prompts.size());
            case "layer" -> Index.of("layer", layer, layers.size());
            case "position" -> Index.of("position", position, count("position"));
            case "head" -> Index.of("head", head, count("head"));
            default -> 0;
          };
    }
    return cells.get(index);
  }

  private int count(String axis) {
    return found.axes().stream()
        .filter(each -> each.name().equals(axis))
        .findFirst()
        .map(each -> each.labels().size())
        .orElse(1);
  }

  /** Layers by positions, layers by heads, or both below one another. */
  @Override
  public Heatmap figure() {
    boolean heads = site.hasHeads();
    boolean positions = count("position") > 1;
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < (positions ? count("position") : count("head")); i++) {
      columns.add(
          !positions
              ? "head " + i
              : prompts.size() == 1 ? prompts.get(0).tokens().get(i) : "position " + i);
    }
    Heatmap heatmap =
        Heatmap.of(
                "%s at %s: share of %s that one patch %s"
                    .formatted(
                        noise ? "Noising" : "Denoising",
                        site,
                        measured,
                        noise ? "takes" : "brings back"),
                Scale.SIGNED.unit("share"))
            .columns("layer", columns);
    for (int layer = 0; layer < layers.size(); layer++) {
      for (int head = 0; head < (heads && positions ? count("head") : 1); head++) {
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          cells.add(cell(layer, positions ? i : 0, positions ? head : i));
        }
        String name = layers.get(layer);
        heatmap = heatmap.row(heads && positions ? name + " head " + head : name, cells);
      }
    }
    return heatmap;
  }

  private Cell cell(int layer, int position, int head) {
    double effect = effect(layer, position, head);
    return Double.isNaN(effect)
        ? Cell.of("", effect)
        : new Cell(
            List.of(Scale.twoDigits(effect)),
            effect,
            String.format(
                Locale.ROOT,
                "%s: %.3f, probability %.3f",
                measured,
                measure(0, layer, position, head),
                probability(0, layer, position, head)));
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("activation patching")
            .put("site", site.toString())
            .put("noise", noise)
            .put("measured", measured);
    json.set("layers", Json.strings(layers));
    ArrayNode pairs = json.putArray("pairs");
    for (int pair = 0; pair < prompts.size(); pair++) {
      pairs
          .addObject()
          .put("clean", clean(pair))
          .put("corrupted", corrupted(pair))
          .set("tokens", Json.strings(prompts.get(pair).tokens()));
    }
    ArrayNode effects = json.putArray("effects");
    for (int layer = 0; layer < layers.size(); layer++) {
      for (int position = 0; position < count("position"); position++) {
        for (int head = 0; head < count("head"); head++) {
          double effect = effect(layer, position, head);
          if (!Double.isNaN(effect)) {
            effects
                .addObject()
                .put("layer", layer)
                .put("position", position)
                .put("head", head)
                .put("effect", effect);
          }
        }
      }
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
