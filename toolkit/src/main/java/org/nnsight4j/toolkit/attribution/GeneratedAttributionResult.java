package org.nnsight4j.toolkit.attribution;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** The shares of all tokens before it in the logit of each token of a continuation. */
public final class GeneratedAttributionResult implements AnalysisResult {
  private final PromptTokens all;
  private final int promptLength;
  private final InputAttribution.Method method;
  private final List<InputAttributionResult> steps;

  GeneratedAttributionResult(
      PromptTokens all,
      int promptLength,
      InputAttribution.Method method,
      List<InputAttributionResult> steps) {
    this.all = all;
    this.promptLength = promptLength;
    this.method = method;
    this.steps = List.copyOf(steps);
  }

  /** The tokens of the prompt and of the continuation, as figures show them. */
  public List<String> tokens() {
    return all.tokens();
  }

  /** How many tokens of the continuation were explained. */
  public int steps() {
    return steps.size();
  }

  /** The id of a token of the continuation. */
  public long id(int step) {
    checked(step);
    return all.ids()[promptLength + step];
  }

  /**
   * All numbers of one token of the continuation.
   *
   * @param step from 0
   */
  public InputAttributionResult step(int step) {
    return steps.get(checked(step));
  }

  private int checked(int step) {
    return Index.of("step", step, steps.size());
  }

  /**
   * The share of a token in the logit of a token of the continuation.
   *
   * @param step from 0
   * @param position of the prompt and of the continuation before that step
   */
  public double share(int step, int position) {
    return step(step).share(position);
  }

  /** {@link InputAttributionResult#completenessError()} of one step. */
  public double completenessError(int step) {
    return step(step).completenessError();
  }

  /** The tokens that were said by those that were read; the last column is how far off sums are. */
  @Override
  public Heatmap figure() {
    List<double[]> shares = new ArrayList<>();
    int columns = all.length() - 1;
    double[] every = new double[steps.size() * columns];
    for (int step = 0; step < steps.size(); step++) {
      double[] row = new double[promptLength + step];
      for (int p = 0; p < row.length; p++) {
        row[p] = share(step, p);
        every[step * columns + p] = row[p];
      }
      shares.add(row);
    }
    Scale scale =
        method == InputAttribution.Method.SALIENCY
            ? Scale.upToLargest(every)
            : Scale.signedFor(every);
    List<String> names = new ArrayList<>(all.tokens().subList(0, columns));
    boolean complete = method == InputAttribution.Method.INTEGRATED_GRADIENTS;
    if (complete) {
      names.add("(off by)");
    }
    Heatmap heatmap =
        Heatmap.of(
                "What made each token: " + method.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                scale.unit("share of the logit"))
            .columns("said", names);
    for (int step = 0; step < steps.size(); step++) {
      List<Cell> cells = new ArrayList<>();
      for (int p = 0; p < columns; p++) {
        cells.add(p < promptLength + step ? Cell.numbered(shares.get(step)[p]) : Cell.of("", 0));
      }
      if (complete) {
        cells.add(Cell.numbered(completenessError(step)));
      }
      heatmap = heatmap.row(all.tokens().get(promptLength + step), cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("generated attribution")
            .put("method", method.name().toLowerCase(Locale.ROOT))
            .put("prompt_tokens", promptLength);
    json.set("tokens", Json.strings(all.tokens()));
    ArrayNode rows = json.putArray("steps");
    for (int step = 0; step < steps.size(); step++) {
      double[] row = new double[promptLength + step];
      for (int p = 0; p < row.length; p++) {
        row[p] = share(step, p);
      }
      ObjectNode each =
          rows.addObject()
              .put("token", all.tokens().get(promptLength + step))
              .put("measure", step(step).measure())
              .put("baseline", step(step).baseline())
              .put("completeness_error", completenessError(step));
      each.set("shares", Json.numbers(row));
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
