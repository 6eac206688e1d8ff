package org.nnsight4j.toolkit.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderAttention;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * The weights of each head, in the orientation of a row vector from the left. They are measured:
 * attention is given each direction of its input by itself, so that it does not matter how a family
 * stores them.
 */
final class HeadWeights {
  /** A power of two, large beside any epsilon. */
  private static final double LARGE = 1024;

  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final int width;

  HeadWeights(LanguageModel<?> model) {
    this.model = model;
    this.places = Passes.places(model);
    this.width = Passes.width(model);
  }

  /**
   * One layer.
   *
   * @param q {@code [head][hidden][head_dim]}, null if queries are normalised
   * @param k {@code [kvhead][hidden][head_dim]}, null if keys are normalised
   * @param v {@code [kvhead][hidden][head_dim]}, null if values were clipped
   * @param o {@code [head][head_dim][hidden]}
   * @param norm the weight of the normalisation before attention
   * @param centred whether that normalisation subtracts the mean
   */
  record Layer(
      double @Nullable [][][] q,
      double @Nullable [][][] k,
      double @Nullable [][][] v,
      double[][][] o,
      double[] norm,
      boolean centred) {}

  private record Asked(
      Saved<Axis> q, Saved<Axis> k, Saved<Axis> v, Saved<Axis> o, Saved<Axis> norm) {}

  /** All layers, in one pass over one token for each direction. */
  List<Layer> all() {
    List<Layer> layers = measured(1);
    if (layers.stream().allMatch(layer -> layer.v() != null)) {
      return layers;
    }
    // OLMo clips queries, keys and values, so they are linear near zero only.
    layers = measured(0x1p-10);
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).v() == null) {
        throw new RunException(
            "the values of %s are no linear function of what attention reads"
                .formatted(places.layers().get(i).module()));
      }
    }
    return layers;
  }

  private List<Layer> measured(double size) {
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i < width + 3; i++) {
      rows.add(Passes.shortest(model));
    }
    List<Asked> asked = Passes.rows(model, rows, view -> record(view, size));
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      layers.add(layer(asked.get(i), places.layers().get(i).attention(), size));
    }
    return layers;
  }

  private List<Asked> record(Decoder view, double size) {
    double[] large = new double[(width + 3) * width];
    double[] directions = new double[(width + 3) * width];
    for (int i = 0; i < width; i++) {
      directions[i * width + i] = size;
      // Twice a direction, which shows whether what is read is linear.
      directions[(width + 1) * width + i] = 2 * size / (i + 1);
      directions[(width + 2) * width + i] = size / (i + 1);
      large[width + i] = i % 2 == 0 ? LARGE : -LARGE;
      large[2 * width + i] = LARGE;
    }
    List<Asked> all = new ArrayList<>();
    for (int i = 0; i < places.layers().size(); i++) {
      DecoderPlaces.Attention own = places.layers().get(i).attention();
      Value<Axis> stream = Passes.any(view.layer(i).input());
      stream.set(
          stream.constant(Numbers.tensor(large, width + 3L, 1, width)).toType(stream.dtype()));
      DecoderAttention attention = view.layer(i).attention();
      Value<Axis> input = attention.input();
      Saved<Axis> norm = input.get("0:3, 0").save();
      input.set(
          input.constant(Numbers.tensor(directions, width + 3L, 1, width)).toType(input.dtype()));
      int mixed = own.heads() * own.headDim();
      float[] eye = new float[(mixed + 1) * mixed];
      for (int n = 0; n < mixed; n++) {
        eye[n * mixed + n] = 1;
      }
      Value<Axis> out =
          view.module(own.projection())
              .apply(input.constant(Tensor.of(eye, 1, mixed + 1, mixed)).toType(input.dtype()));
      all.add(
          new Asked(
              Passes.any(attention.q()).save(),
              Passes.any(attention.k()).save(),
              Passes.any(attention.v()).save(),
              out.save(),
              norm));
    }
    return all;
  }

  private Layer layer(Asked asked, DecoderPlaces.Attention own, double size) {
    double[] norms = Numbers.of(asked.norm.value());
    double[] bias = Arrays.copyOfRange(norms, 0, width);
    double[] wave = Numbers.minus(Arrays.copyOfRange(norms, width, 2 * width), bias);
    double[] ones = Numbers.minus(Arrays.copyOfRange(norms, 2 * width, 3 * width), bias);
    double[] weight = new double[width];
    for (int i = 0; i < width; i++) {
      weight[i] = i % 2 == 0 ? wave[i] : -wave[i];
    }
    // Without a normalisation attention reads the stream itself.
    boolean none = Arrays.stream(weight).allMatch(each -> Math.abs(each - LARGE) < 1e-3 * LARGE);
    if (none) {
      Arrays.fill(weight, 1);
    }
    boolean centred = !none && Numbers.norm(ones) <= 1e-3 * Numbers.norm(wave);
    return new Layer(
        heads(Numbers.of(asked.q.value()), own.heads(), own.headDim(), size),
        heads(Numbers.of(asked.k.value()), own.kvHeads(), own.headDim(), size),
        heads(Numbers.of(asked.v.value()), own.kvHeads(), own.headDim(), size),
        out(Numbers.of(asked.o.value()), own),
        weight,
        centred);
  }

  /** Of {@code [direction, head, 1, head_dim]} the differences to the row of zeros. */
  private double @Nullable [][][] heads(double[] rows, int heads, int size, double unit) {
    double[][][] all = new double[heads][width][size];
    double error = 0;
    double most = 0;
    for (int head = 0; head < heads; head++) {
      for (int j = 0; j < size; j++) {
        double bias = rows[(width * heads + head) * size + j];
        for (int i = 0; i < width; i++) {
          all[head][i][j] = (rows[(i * heads + head) * size + j] - bias) / unit;
        }
        double twice = rows[((width + 1) * heads + head) * size + j] - bias;
        double once = rows[((width + 2) * heads + head) * size + j] - bias;
        error = Math.max(error, Math.abs(twice - 2 * once));
        most = Math.max(most, Math.abs(twice));
      }
    }
    return error > 1e-2 * most ? null : all;
  }

  private double[][][] out(double[] rows, DecoderPlaces.Attention own) {
    double[][][] all = new double[own.heads()][own.headDim()][width];
    int mixed = own.heads() * own.headDim();
    for (int n = 0; n < mixed; n++) {
      for (int i = 0; i < width; i++) {
        all[n / own.headDim()][n % own.headDim()][i] =
            rows[n * width + i] - rows[mixed * width + i];
      }
    }
    return all;
  }
}
