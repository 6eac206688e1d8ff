package org.nnsight4j.toolkit.steering;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;

/** A measure for each strength of steering. */
public final class DoseResponseResult implements AnalysisResult {
  private final String measured;
  private final double[] strengths;
  private final double[][] values;

  DoseResponseResult(String measured, double[] strengths, double[][] values) {
    this.measured = measured;
    this.strengths = strengths;
    this.values = values;
  }

  /** The strengths, in increasing order. */
  public double[] strengths() {
    return strengths.clone();
  }

  /** The measure of one prompt at the n-th strength. */
  public double value(int prompt, int strength) {
    return values[Index.of("prompt", prompt, values.length)][at(strength)];
  }

  private int at(int strength) {
    return Index.of("strength", strength, strengths.length);
  }

  /** The mean over prompts at the n-th strength. */
  public double mean(int strength) {
    int at = at(strength);
    double sum = 0;
    for (double[] row : values) {
      sum += row[at];
    }
    return sum / values.length;
  }

  /** The mean by strength, with a band from the least to the largest prompt. */
  @Override
  public LinePlot figure() {
    double[] mean = new double[strengths.length];
    double[] low = new double[strengths.length];
    double[] high = new double[strengths.length];
    for (int s = 0; s < mean.length; s++) {
      mean[s] = mean(s);
      low[s] = Double.POSITIVE_INFINITY;
      high[s] = Double.NEGATIVE_INFINITY;
      for (double[] row : values) {
        low[s] = Math.min(low[s], row[s]);
        high[s] = Math.max(high[s], row[s]);
      }
    }
    LinePlot plot = LinePlot.of("Dose and response", "strength", measured).points(strengths);
    return values.length == 1 ? plot.line(measured, mean) : plot.line(measured, mean, low, high);
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("dose response").put("measured", measured);
    json.set("strengths", Json.numbers(strengths));
    json.set("values", Json.matrix(values));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
