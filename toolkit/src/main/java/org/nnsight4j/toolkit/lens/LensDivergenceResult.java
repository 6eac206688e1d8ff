package org.nnsight4j.toolkit.lens;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.values.Saved;

/**
 * {@code KL(model || lens)} by layer, of a lens and beside it of the logit lens, in nats, the mean
 * over tokens.
 */
public final class LensDivergenceResult implements AnalysisResult {
  private final List<String> layers;
  private final double[] lens;
  private final double[] plain;
  private final long tokens;

  /** The sums over one text's tokens. */
  record Both(Saved<Axis> lens, Saved<Axis> plain) {}

  /** Sums over texts. */
  static final class Sums {
    private final double[] lens;
    private final double[] plain;
    private long tokens;

    Sums(int rows) {
      lens = new double[rows];
      plain = new double[rows];
    }

    void add(int count, List<Both> found) {
      tokens += count;
      for (int i = 0; i < lens.length; i++) {
        lens[i] += found.get(i).lens.value().item();
        plain[i] += found.get(i).plain.value().item();
      }
    }

    LensDivergenceResult result(List<String> layers) {
      return new LensDivergenceResult(
          layers,
          Arrays.stream(lens).map(sum -> sum / tokens).toArray(),
          Arrays.stream(plain).map(sum -> sum / tokens).toArray(),
          tokens);
    }
  }

  private LensDivergenceResult(List<String> layers, double[] lens, double[] plain, long tokens) {
    this.layers = layers;
    this.lens = lens;
    this.plain = plain;
    this.tokens = tokens;
  }

  /**
   * That of the lens after a layer.
   *
   * @param layer from 0, or from -1 backwards
   */
  public double lens(int layer) {
    return lens[row(layer)];
  }

  /** That of the logit lens after a layer. */
  public double logitLens(int layer) {
    return plain[row(layer)];
  }

  /** That of the lens on the embeddings. */
  public double embedding() {
    return lens[0];
  }

  private int row(int layer) {
    return Index.of("layer", layer, layers.size()) + 1;
  }

  /** Over how many tokens the means go. */
  public long tokens() {
    return tokens;
  }

  /** Both by layer; the embeddings come first, at -1. */
  @Override
  public LinePlot figure() {
    double[] points = new double[lens.length];
    Arrays.setAll(points, i -> i - 1);
    return LinePlot.of("How far each layer is from the model's prediction", "layer", "KL (nats)")
        .points(points)
        .line("this lens", lens)
        .line("logit lens", plain);
  }

  @Override
  public String toJson() {
    List<String> names = new ArrayList<>(List.of("embedding"));
    names.addAll(layers);
    ObjectNode json = Json.of("lens divergence").put("tokens", tokens);
    json.set("layers", Json.strings(names));
    json.set("lens", Json.numbers(lens));
    json.set("logit_lens", Json.numbers(plain));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
