package org.nnsight4j.toolkit.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;

/** How well two kinds of texts can be told apart after each layer, beside the control. */
public final class LinearProbesResult implements AnalysisResult {
  private final LanguageModel<?> model;
  private final List<Place> places;
  private final List<Integer> layers;
  private final List<Integer> positions;
  private final int texts;

  /** What was found at one layer and position; {@code controls} are AUROCs of shuffled labels. */
  record Place(int layer, int position, Quality quality, List<Double> controls, Probe probe) {
    double control() {
      return controls.stream().mapToDouble(each -> each).average().orElseThrow();
    }
  }

  LinearProbesResult(
      LanguageModel<?> model,
      List<Place> places,
      List<Integer> layers,
      List<Integer> positions,
      int texts) {
    this.model = model;
    this.places = places;
    this.layers = layers;
    this.positions = positions;
    this.texts = texts;
  }

  /** The layers that were probed, from 0. */
  public List<Integer> layers() {
    return layers;
  }

  private Place at(int layer, int position) {
    int from0 = Passes.layer(model, layer);
    return places.stream()
        .filter(place -> place.layer == from0 && place.position == position)
        .findFirst()
        .orElseThrow(
            () ->
                new RunException(
                    "layer %s, position %s was not probed; there are layers %s and positions %s"
                        .formatted(layer, position, layers, positions)));
  }

  /** AUROC, accuracy and calibration on texts that the probe was not fitted on. */
  public Quality quality(int layer, int position) {
    return at(layer, position).quality;
  }

  /** The area under the ROC curve: 1 for texts that are told apart, 0.5 for chance. */
  public double auroc(int layer, int position) {
    return quality(layer, position).auroc();
  }

  /** The mean AUROC of probes that were fitted to shuffled labels. */
  public double shuffledAuroc(int layer, int position) {
    return at(layer, position).control();
  }

  /** The layer with the highest AUROC at a position. */
  public int bestLayer(int position) {
    at(layers.get(0), position);
    return places.stream()
        .filter(place -> place.position == position)
        .max(Comparator.comparingDouble(place -> place.quality.auroc()))
        .orElseThrow()
        .layer;
  }

  /**
   * The probe that all texts give, to be called in a run: its {@code logits} are one number, the
   * log-odds of the positive kind.
   */
  public LinearProbe probe(int layer, int position) {
    Probe probe = at(layer, position).probe;
    return LinearProbe.of(
        Numbers.tensor(probe.weights(), 1, probe.weights().length),
        Tensor.of(new float[] {(float) probe.bias()}, 1));
  }

  /** AUROC by layer with its control; for several positions, layers by positions. */
  @Override
  public Figure figure() {
    if (positions.size() > 1) {
      return heatmap();
    }
    double[] points = layers.stream().mapToDouble(layer -> layer).toArray();
    double[] control = new double[points.length];
    double[] low = new double[points.length];
    double[] high = new double[points.length];
    double[] own = new double[points.length];
    for (int i = 0; i < points.length; i++) {
      Place place = places.get(i);
      own[i] = place.quality.auroc();
      control[i] = place.control();
      low[i] = place.controls.stream().mapToDouble(each -> each).min().orElseThrow();
      high[i] = place.controls.stream().mapToDouble(each -> each).max().orElseThrow();
    }
    return LinePlot.of(
            "Probes of %s at position %s".formatted(Counted.of(texts, "text"), positions.get(0)),
            "layer",
            "AUROC")
        .points(points)
        .line("probe", own)
        .line("shuffled labels", control, low, high);
  }

  private Heatmap heatmap() {
    Heatmap heatmap =
        Heatmap.of("AUROC of probes of " + Counted.of(texts, "text"), Scale.UNIT.unit("AUROC"))
            .columns("layer", positions.stream().map(each -> "position " + each).toList());
    for (int layer : layers) {
      List<Cell> cells = new ArrayList<>();
      for (int position : positions) {
        Place place = at(layer, position);
        cells.add(
            new Cell(
                List.of(Scale.twoDigits(place.quality.auroc())),
                place.quality.auroc(),
                String.format(Locale.ROOT, "shuffled labels: %.2f", place.control())));
      }
      heatmap = heatmap.row("" + layer, cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("linear probes").put("texts", texts);
    ArrayNode all = json.putArray("probes");
    for (Place place : places) {
      all.addObject()
          .put("layer", place.layer)
          .put("position", place.position)
          .put("auroc", place.quality.auroc())
          .put("accuracy", place.quality.accuracy())
          .put("calibration_error", place.quality.calibrationError())
          .put("shuffled_auroc", place.control());
    }
    return json.toString();
  }

  @Override
  public String toString() {
    Heatmap table =
        Heatmap.of("Probes of " + Counted.of(texts, "text"), Scale.UNIT)
            .columns("place", List.of("AUROC", "shuffled labels", "accuracy", "calibration error"));
    for (Place place : places) {
      table =
          table.row(
              "layer %s, position %s".formatted(place.layer, place.position),
              List.of(
                  Cell.numbered(place.quality.auroc()),
                  Cell.numbered(place.control()),
                  Cell.numbered(place.quality.accuracy()),
                  Cell.numbered(place.quality.calibrationError())));
    }
    return table.text(100);
  }
}
