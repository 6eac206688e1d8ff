package org.nnsight4j.toolkit.interchange;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Orthonormal columns. */
final class Subspaces {
  private Subspaces() {}

  static Tensor normal(int width, int dimensions, long seed) {
    Random random = new Random(seed);
    double[] numbers = new double[width * dimensions];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = random.nextGaussian();
    }
    return Numbers.tensor(numbers, width, dimensions);
  }

  static Tensor random(long width, int dimensions, long seed) {
    return orthonormal(normal((int) width, dimensions, seed));
  }

  static Tensor all(int width) {
    float[] one = new float[width * width];
    for (int i = 0; i < width; i++) {
      one[i * width + i] = 1;
    }
    return Tensor.of(one, width, width);
  }

  /** An orthonormal basis of the columns, by Gram and Schmidt, twice for exactness. */
  static Tensor orthonormal(Tensor matrix) {
    int width = (int) matrix.shape(0);
    int count = (int) matrix.shape(1);
    double[] numbers = Numbers.of(matrix);
    List<double[]> columns = new ArrayList<>();
    for (int column = 0; column < count; column++) {
      double[] next = new double[width];
      for (int i = 0; i < width; i++) {
        next[i] = numbers[i * count + column];
      }
      double before = Numbers.norm(next);
      for (int pass = 0; pass < 2; pass++) {
        for (double[] other : columns) {
          Numbers.add(next, other, -Numbers.dot(next, other));
        }
      }
      if (!(Numbers.norm(next) > 1e-9 * before)) {
        throw new RunException(
            "column %s depends on those before it, so there are fewer than %s dimensions"
                .formatted(column, count));
      }
      columns.add(Numbers.times(next, 1 / Numbers.norm(next)));
    }
    double[] basis = new double[numbers.length];
    for (int column = 0; column < count; column++) {
      for (int i = 0; i < width; i++) {
        basis[i * count + column] = columns.get(column)[i];
      }
    }
    return Numbers.tensor(basis, width, count);
  }

  /** How long the change is that a subspace makes, for each pair. */
  static double[] lengths(
      Site site, LanguageModel<?> model, List<Site.Known> pairs, Tensor rotation) {
    double[] lengths = new double[pairs.size()];
    for (int i = 0; i < lengths.length; i++) {
      Site.Known pair = pairs.get(i);
      Saved<Axis> length =
          Passes.trace(
              model,
              pair.pair().base(),
              view -> {
                Value<Axis> own = site.vector(view);
                Value<Axis> difference =
                    own.constant(pair.source().reshape(1, -1)).as(Axis.class).sub(own);
                Value<Axis> basis = own.constant(rotation).as(Axis.class);
                return difference.matMul(basis).norm().as(Axis.class).save();
              });
      lengths[i] = length.value().item();
    }
    return lengths;
  }

  /** The accuracy of another subspace whose changes are scaled to given lengths. */
  static double matched(
      Site site,
      LanguageModel<?> model,
      List<Site.Known> pairs,
      Tensor rotation,
      double[] lengths) {
    double right = 0;
    double[] own = lengths(site, model, pairs, rotation);
    for (int i = 0; i < lengths.length; i++) {
      double factor = own[i] > 0 ? Math.sqrt(lengths[i] / own[i]) : 1;
      Tensor scaled = Numbers.tensor(Numbers.times(Numbers.of(rotation), factor), rotation.shape());
      right += site.accuracy(model, List.of(pairs.get(i)), scaled);
    }
    return right / lengths.length;
  }
}
