package org.nnsight4j.toolkit.circuit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;

/** How much of an answer is left with growing shares of a model's edges. */
public final class FaithfulnessResult implements AnalysisResult {
  private final String measured;
  private final List<Double> shares;
  private final List<Integer> edges;
  private final double[] measures;
  private final double clean;
  private final double corrupted;

  FaithfulnessResult(
      String measured,
      List<Double> shares,
      List<Integer> edges,
      double[] measures,
      double clean,
      double corrupted) {
    this.measured = measured;
    this.shares = shares;
    this.edges = edges;
    this.measures = measures;
    this.clean = clean;
    this.corrupted = corrupted;
  }

  /** The shares of all edges, in growing order. */
  public List<Double> shares() {
    return shares;
  }

  /** How many edges were left at each share, without those that lead nowhere. */
  public List<Integer> edges() {
    return edges;
  }

  /** The mean measure with the edges of the n-th share. */
  public double measure(int share) {
    return measures[Index.of("share", share, measures.length)];
  }

  /** {@code (measure - corrupted) / (clean - corrupted)}, at the n-th share. */
  public double faithfulness(int share) {
    return (measure(share) - corrupted) / (clean - corrupted);
  }

  /** The mean measure of the clean runs. */
  public double clean() {
    return clean;
  }

  /** The mean measure of the corrupted runs. */
  public double corrupted() {
    return corrupted;
  }

  /** MIB's CPR: the area under the curve, by trapezoids over the shares as they are. */
  public double cpr() {
    return area(f -> f);
  }

  /** MIB's CMD: the area between the curve and 1. */
  public double cmd() {
    return area(f -> Math.abs(1 - f));
  }

  private double area(DoubleUnaryOperator height) {
    double area = 0;
    for (int i = 0; i + 1 < measures.length; i++) {
      area +=
          (shares.get(i + 1) - shares.get(i))
              * (height.applyAsDouble(faithfulness(i)) + height.applyAsDouble(faithfulness(i + 1)))
              / 2;
    }
    return area;
  }

  /** The curve, with the shares on a scale of powers of ten. */
  @Override
  public LinePlot figure() {
    boolean zero = shares.get(0) == 0;
    double[] points =
        shares.stream().mapToDouble(share -> zero ? share : Math.log10(share)).toArray();
    double[] values = new double[measures.length];
    double[] whole = new double[measures.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = faithfulness(i);
      whole[i] = 1;
    }
    return LinePlot.of(
            "Faithfulness of circuits: " + measured,
            zero ? "share of edges" : "share of edges (power of ten)",
            "faithfulness")
        .points(points)
        .line("circuit", values)
        .line("model", whole);
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("faithfulness")
            .put("measure", measured)
            .put("clean", clean)
            .put("corrupted", corrupted)
            .put("cpr", cpr())
            .put("cmd", cmd());
    ArrayNode points = json.putArray("points");
    for (int i = 0; i < measures.length; i++) {
      points
          .addObject()
          .put("share", shares.get(i))
          .put("edges", edges.get(i))
          .put("measure", measures[i])
          .put("faithfulness", faithfulness(i));
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100)
        + "CPR %s, CMD %s\n".formatted(Scale.number(cpr()), Scale.number(cmd()));
  }
}
