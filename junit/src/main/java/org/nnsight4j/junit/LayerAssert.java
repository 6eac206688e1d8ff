package org.nnsight4j.junit;

import com.google.errorprone.annotations.CheckReturnValue;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/** The residual stream after one layer, at one position: the last, unless {@link #at} says else. */
@CheckReturnValue
public final class LayerAssert {
  private final PromptAssert prompt;
  private final int layer;
  private final int position;

  LayerAssert(PromptAssert prompt, int layer) {
    this(prompt, layer, -1);
  }

  private LayerAssert(PromptAssert prompt, int layer, int position) {
    this.prompt = prompt;
    this.layer = layer;
    this.position = position;
  }

  /** At another position; negative positions count from the last. */
  public LayerAssert at(int position) {
    return new LayerAssert(prompt, layer, position);
  }

  /**
   * What a linear probe says: the scalar product with its weights, plus its bias.
   *
   * @param weights {@code [hidden]}
   */
  public ScoreAssert probe(Tensor weights, double bias) {
    double[] direction = weights.toDoubleArray();
    return probe(
        stream -> {
          double[] numbers = stream.toDoubleArray();
          if (numbers.length != direction.length || weights.rank() != 1) {
            throw new RunException(
                "expected a probe of shape [%s], found %s"
                    .formatted(numbers.length, Arrays.toString(weights.shape())));
          }
          double sum = bias;
          for (int i = 0; i < numbers.length; i++) {
            sum += numbers[i] * direction[i];
          }
          return sum;
        });
  }

  /**
   * What a probe says.
   *
   * @param probe gets the stream, {@code [hidden]}
   */
  public ScoreAssert probe(ToDoubleFunction<Tensor> probe) {
    Tensor stream = prompt.read(decoder -> decoder.layer(layer).output().get("0, " + position));
    return new ScoreAssert(
        prompt,
        "the probe of layer %s at position %s".formatted(layer, position),
        probe.applyAsDouble(stream));
  }
}
