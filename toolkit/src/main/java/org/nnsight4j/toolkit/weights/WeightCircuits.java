package org.nnsight4j.toolkit.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Eager;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Value;

/**
 * Weight circuits (Elhage et al. 2021): what a head does by its weights, without any prompt. A row
 * vector comes from the left.
 *
 * <ul>
 *   <li>{@code W_OV = W_V W_O}: what a head that looks at a token moves to the stream.
 *   <li>{@code W_QK = W_Q W_K^T}: how much a query looks at a key. Rotary positions add a rotation
 *       in between that depends on the distance; this is that of distance 0.
 *   <li>Copying: whether looking at a token makes that token likelier, {@code sum Re(l) / sum |l|}
 *       over the eigenvalues {@code l} of {@code W_E W_V W_O W_U}.
 *   <li>Composition: how much of what one head writes a later one reads, {@code |A B| / (|A| |B|)}.
 * </ul>
 *
 * <pre>{@code
 * WeightCircuitsResult weights = WeightCircuits.of(gpt2).folded().run();
 * weights.copying(0, 3);
 * weights.composition(Composition.K, 0, 7, 1, 4);
 * }</pre>
 *
 * <p>All matrices stay factors of rank {@code head_dim}. With grouped queries, heads share keys and
 * values. Immutable.
 */
public final class WeightCircuits {
  private final LanguageModel<?> model;
  private final boolean folded;
  private final Progress progress;

  private WeightCircuits(LanguageModel<?> model, boolean folded, Progress progress) {
    this.model = model;
    this.folded = folded;
    this.progress = progress;
  }

  /** The weights as they are. */
  public static WeightCircuits of(LanguageModel<?> model) {
    Passes.places(model);
    return new WeightCircuits(model, false, Progress.NONE);
  }

  /**
   * The weight of the normalisation before attention belongs to what reads; where it subtracts the
   * mean, means are taken from what reads and what writes. So does TransformerLens when it loads a
   * model.
   */
  public WeightCircuits folded() {
    return new WeightCircuits(model, true, progress);
  }

  /** Listens to the work: one part is one layer. */
  public WeightCircuits progress(Progress listener) {
    return new WeightCircuits(model, folded, Progress.required(listener));
  }

  /** What {@link #run()} will do. */
  public Cost cost() {
    long width = Passes.width(model);
    long kept = 0;
    for (DecoderPlaces.Layer layer : Passes.places(model).layers()) {
      DecoderPlaces.Attention own = layer.attention();
      kept += 8L * width * own.headDim() * 2 * (own.heads() + own.kvHeads());
    }
    return Cost.of(width + 4, width + 4, kept);
  }

  /** Computes them. */
  public WeightCircuitsResult run() {
    List<HeadWeights.Layer> layers = new HeadWeights(model).all();
    List<Stacked> stacked = new ArrayList<>();
    for (HeadWeights.Layer layer : layers) {
      stacked.add(folded ? folded(layer) : Stacked.of(layer));
    }
    double[][] copying = new double[layers.size()][];
    Value<Axis> tokens = Eager.of(tokenMap());
    for (int i = 0; i < copying.length; i++) {
      Stacked own = stacked.get(i);
      copying[i] = new double[own.heads()];
      for (int head = 0; head < copying[i].length; head++) {
        Value<Axis> square = own.o(head).matMul(tokens).matMul(own.v(head));
        copying[i][head] = FactoredMatrix.copying(FactoredMatrix.eigenvalues(square.tensor()));
      }
      progress.at(i + 1L, copying.length);
    }
    return new WeightCircuitsResult(Passes.layerNames(model), folded, width(), stacked, copying);
  }

  private int width() {
    return Passes.width(model);
  }

  /**
   * {@code W_U W_E}, {@code [hidden, hidden]}: what a direction that is unembedded is embedded as.
   */
  private Tensor tokenMap() {
    DecoderPlaces places = Passes.places(model);
    int width = width();
    float[] eye = new float[(width + 1) * width];
    for (int i = 0; i < width; i++) {
      eye[i * width + i] = 1;
    }
    Function<Decoder, org.nnsight4j.values.Saved<Axis>> asked =
        view -> {
          Value<Axis> rows =
              Passes.any(view.logits().constant(Tensor.of(eye, 1, width + 1, width)));
          Value<Axis> logits =
              view.module(places.unembedding()).apply(rows.toType(view.logits().dtype()));
          Value<Axis> linear = logits.get("0, 0:" + width).sub(logits.get("0, " + width + ":"));
          Value<Axis> embedding = view.parameter(places.tokens() + ".weight");
          return linear.matMul(embedding.get("0:" + model.blueprint().vocabularySize())).save();
        };
    double[] numbers = Numbers.of(Passes.without(model, asked).value());
    return Tensor.of(numbers, width, width);
  }

  /** The normalisation's weight and means, as TransformerLens folds them. */
  private static Stacked folded(HeadWeights.Layer layer) {
    double[] norm = layer.norm();
    return Stacked.of(
        new HeadWeights.Layer(
            reading(layer.q(), norm, layer.centred()),
            reading(layer.k(), norm, layer.centred()),
            reading(layer.v(), norm, layer.centred()),
            layer.centred() ? centredRows(layer.o()) : layer.o(),
            norm,
            layer.centred()));
  }

  private static double @Nullable [][][] reading(
      double @Nullable [][][] weights, double[] norm, boolean centred) {
    if (weights == null) {
      return null;
    }
    double[][][] all = new double[weights.length][][];
    for (int head = 0; head < all.length; head++) {
      int size = weights[head][0].length;
      all[head] = new double[norm.length][size];
      for (int j = 0; j < size; j++) {
        double mean = 0;
        for (int i = 0; i < norm.length; i++) {
          all[head][i][j] = weights[head][i][j] * norm[i];
          mean += all[head][i][j] / norm.length;
        }
        for (int i = 0; centred && i < norm.length; i++) {
          all[head][i][j] -= mean;
        }
      }
    }
    return all;
  }

  private static double[][][] centredRows(double[][][] weights) {
    double[][][] all = new double[weights.length][][];
    for (int head = 0; head < all.length; head++) {
      all[head] = new double[weights[head].length][];
      for (int j = 0; j < all[head].length; j++) {
        double mean = Numbers.mean(weights[head][j]);
        all[head][j] = java.util.Arrays.stream(weights[head][j]).map(each -> each - mean).toArray();
      }
    }
    return all;
  }
}
