package org.nnsight4j.toolkit.patching;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** What restoring each place brings back of an answer that noise took. */
public final class CausalTracingResult implements AnalysisResult {
  private final PromptTokens prompt;
  private final Answer answer;
  private final List<Integer> subject;
  private final CausalTracing.Restored restored;
  private final List<String> layers;
  private final double clean;
  private final double corrupted;
  private final double[][] probabilities;

  CausalTracingResult(
      PromptTokens prompt,
      Answer answer,
      List<Integer> subject,
      CausalTracing.Restored restored,
      List<String> layers,
      double clean,
      double corrupted,
      double[][] probabilities) {
    this.prompt = prompt;
    this.answer = answer;
    this.subject = subject;
    this.restored = restored;
    this.layers = layers;
    this.clean = clean;
    this.corrupted = corrupted;
    this.probabilities = probabilities;
  }

  /** The answer's probability without noise. */
  public double clean() {
    return clean;
  }

  /** Its mean probability with noise and nothing restored. */
  public double corrupted() {
    return corrupted;
  }

  /** Its mean probability with one place restored. */
  public double probability(int layer, int position) {
    return probabilities[Index.of("layer", layer, probabilities.length)][prompt.position(position)];
  }

  /** The indirect effect: what restoring one place adds to the noisy run's probability. */
  public double effect(int layer, int position) {
    return probability(layer, position) - corrupted;
  }

  /** Layers by positions; tokens with noise have a star. */
  @Override
  public Heatmap figure() {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < prompt.length(); i++) {
      columns.add(prompt.tokens().get(i) + (subject.contains(i) ? "*" : ""));
    }
    Heatmap heatmap =
        Heatmap.of(
                String.format(
                    Locale.ROOT,
                    "Probability of %s with %s restored (clean %.2f, noise on * %.2f)",
                    answer.label(),
                    restored.name().toLowerCase(Locale.ROOT),
                    clean,
                    corrupted),
                Scale.UNIT.unit("probability"))
            .columns("layer", columns);
    for (int layer = 0; layer < probabilities.length; layer++) {
      List<Cell> cells = new ArrayList<>();
      for (double value : probabilities[layer]) {
        cells.add(Cell.of(Scale.twoDigits(value), value));
      }
      heatmap = heatmap.row(layers.get(layer), cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("causal tracing")
            .put("answer", answer.label())
            .put("restored", restored.name().toLowerCase(Locale.ROOT))
            .put("clean", clean)
            .put("corrupted", corrupted);
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("layers", Json.strings(layers));
    json.set("probabilities", Json.matrix(probabilities));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
