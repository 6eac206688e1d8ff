package org.nnsight4j.toolkit.sae;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.BarChart;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;

/** How a logit changes without some features. */
public final class SaeAblationResult implements AnalysisResult {
  private final String place;
  private final Answer answer;
  private final int[] features;
  private final double clean;
  private final double[] effects;
  private final double together;

  SaeAblationResult(
      String place,
      Answer answer,
      int[] features,
      double clean,
      double[] effects,
      double together) {
    this.place = place;
    this.answer = answer;
    this.features = features;
    this.clean = clean;
    this.effects = effects;
    this.together = together;
  }

  /** The logit of the model as it is. */
  public double logit() {
    return clean;
  }

  /** The change of the logit without the n-th feature that was given. */
  public double effect(int index) {
    return effects[Index.of("feature", index, effects.length)];
  }

  /** The change without all of them. */
  public double together() {
    return together;
  }

  /** The changes as bars. */
  @Override
  public BarChart figure() {
    BarChart chart =
        BarChart.of(
            "Logit of %s without features at %s".formatted(answer.label(), place), "change");
    for (int i = 0; i < features.length; i++) {
      chart = chart.bar("feature " + features[i], effects[i]);
    }
    return chart.bar("all of them", together);
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("sae ablation")
            .put("place", place)
            .put("answer", answer.label())
            .put("logit", clean)
            .put("together", together);
    ArrayNode all = json.putArray("effects");
    for (int i = 0; i < features.length; i++) {
      all.addObject().put("feature", features[i]).put("effect", effects[i]);
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
