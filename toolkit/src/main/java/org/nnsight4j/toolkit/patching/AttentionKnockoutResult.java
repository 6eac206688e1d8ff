package org.nnsight4j.toolkit.patching;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** What an answer's probability is when attention is blocked around each layer. */
public final class AttentionKnockoutResult implements AnalysisResult {
  private final PromptTokens prompt;
  private final Answer answer;
  private final List<Integer> queries;
  private final List<Integer> keys;
  private final int window;
  private final double clean;
  private final double[] probabilities;

  AttentionKnockoutResult(
      PromptTokens prompt,
      Answer answer,
      List<Integer> queries,
      List<Integer> keys,
      int window,
      double clean,
      double[] probabilities) {
    this.prompt = prompt;
    this.answer = answer;
    this.queries = queries;
    this.keys = keys;
    this.window = window;
    this.clean = clean;
    this.probabilities = probabilities;
  }

  /** The probability with nothing blocked. */
  public double clean() {
    return clean;
  }

  /** The probability with attention blocked in the window around a layer. */
  public double probability(int layer) {
    return probabilities[Index.of("layer", layer, probabilities.length)];
  }

  /** The relative change of the probability: -1 if nothing is left of it. */
  public double change(int layer) {
    return (probability(layer) - clean) / clean;
  }

  /** The probability by layer, beside that with nothing blocked. */
  @Override
  public LinePlot figure() {
    double[] points = new double[probabilities.length];
    double[] unchanged = new double[probabilities.length];
    for (int i = 0; i < points.length; i++) {
      points[i] = i;
      unchanged[i] = clean;
    }
    String from = String.valueOf(queries.stream().map(each -> prompt.tokens().get(each)).toList());
    String to = String.valueOf(keys.stream().map(each -> prompt.tokens().get(each)).toList());
    return LinePlot.of(
            "Without attention from %s to %s, window %s".formatted(from, to, window),
            "layer",
            "probability of " + answer.label())
        .points(points)
        .line("knocked out", probabilities)
        .line("nothing blocked", unchanged);
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("attention knockout")
            .put("answer", answer.label())
            .put("window", window)
            .put("clean", clean);
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("queries", Json.numbers(queries.stream().mapToDouble(each -> each).toArray()));
    json.set("keys", Json.numbers(keys.stream().mapToDouble(each -> each).toArray()));
    json.set("probabilities", Json.numbers(probabilities));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
