package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

/**
 * The tensors of a sparse autoencoder, by the names of SAELens.
 *
 * @param encoder {@code W_enc}, {@code [in, features]}
 * @param encoderBias {@code b_enc}, or {@code b_mag} of a gated one
 * @param decoder {@code W_dec}, {@code [features, out]}
 * @param threshold {@code [features]}, also from {@code log_threshold} and {@code topk_threshold}
 * @param gate the gate of a gated one
 * @param skip {@code W_skip}, {@code [out, in]}
 * @param factor {@code scaling_factor}, by which features are multiplied before decoding
 */
record AutoencoderWeights(
    Path file,
    Tensor encoder,
    Tensor encoderBias,
    Tensor decoder,
    Tensor decoderBias,
    @Nullable Tensor threshold,
    @Nullable Gate gate,
    @Nullable Tensor skip,
    @Nullable Tensor factor) {
  private static final Set<String> KNOWN =
      Set.of(
          "W_enc",
          "b_enc",
          "W_dec",
          "b_dec",
          "threshold",
          "log_threshold",
          "topk_threshold",
          "b_gate",
          "b_mag",
          "r_mag",
          "W_skip",
          "scaling_factor",
          "finetuning_scaling_factor");

  /** The tolerance of torch.allclose, which SAELens uses. */
  private static final double SAME_AS_ONE = 1e-5 + 1e-8;

  /**
   * The gate, which decides which features are active.
   *
   * @param bias {@code b_gate}
   * @param magnitudes {@code W_enc} times the exponentials of {@code r_mag}
   */
  record Gate(Tensor bias, Tensor magnitudes) {}

  static AutoencoderWeights read(Path file) {
    return of(Parameters.read(file).only("a sparse autoencoder", KNOWN));
  }

  /** Reads tensors with SAELens' names, and refuses any other. */
  static AutoencoderWeights of(Parameters parameters) {
    Tensor encoder = parameters.get("W_enc", 2);
    Tensor decoder = parameters.get("W_dec", 2);
    Sizes sizes = new Sizes(parameters, encoder.shape(0), encoder.shape(1), decoder.shape(1));
    Parameters.same(parameters.file() + ": W_dec", decoder, sizes.features, sizes.out);
    Tensor gateBias = sizes.vector("b_gate", sizes.features);
    return new AutoencoderWeights(
        parameters.file(),
        encoder,
        sizes.needed(gateBias == null ? "b_enc" : "b_mag", sizes.features),
        decoder,
        sizes.needed("b_dec", sizes.out),
        sizes.threshold(),
        gateBias == null ? null : new Gate(gateBias, sizes.magnitudes(encoder)),
        sizes.skip(),
        sizes.factor());
  }

  /** Whether there are factors other than 1, which some versions of SAELens wrote. */
  boolean isScaled() {
    boolean scaled = false;
    for (float each : factor == null ? new float[0] : factor.toFloatArray()) {
      scaled |= !(Math.abs(each - 1) <= SAME_AS_ONE);
    }
    return scaled;
  }

  /** The length of each row of the decoder. */
  Tensor decoderNorms() {
    int out = (int) decoder.shape(1);
    float[] all = decoder.toFloatArray();
    double[] norms =
        IntStream.range(0, (int) decoder.shape(0))
            .mapToDouble(
                row ->
                    Math.sqrt(
                        IntStream.range(row * out, (row + 1) * out)
                            .mapToDouble(i -> (double) all[i] * all[i])
                            .sum()))
            .toArray();
    return Parameters.float32(Tensor.of(norms, norms.length));
  }

  private record Sizes(Parameters parameters, long in, long features, long out) {
    @Nullable Tensor vector(String name, long length) {
      Tensor found = parameters.optional(name, 1);
      if (found != null) {
        Parameters.same(parameters.file() + ": " + name, found, length);
      }
      return found;
    }

    Tensor needed(String name, long length) {
      Tensor found = parameters.get(name, 1);
      Parameters.same(parameters.file() + ": " + name, found, length);
      return found;
    }

    /** A tensor that may have one of several names, but not two of them. */
    private @Nullable Tensor oneOf(@Nullable Tensor... candidates) {
      Tensor found = null;
      for (Tensor each : candidates) {
        if (found != null && each != null) {
          throw new CheckpointException(
              "%s: expected one threshold and one scaling factor, found several: %s"
                  .formatted(parameters.file(), parameters.tensors().keySet()));
        }
        found = each == null ? found : each;
      }
      return found;
    }

    @Nullable Tensor threshold() {
      Tensor logarithm = vector("log_threshold", features);
      Tensor ofAll = parameters.optional("topk_threshold", 0);
      return oneOf(
          vector("threshold", features),
          logarithm == null ? null : map(logarithm, Math::exp),
          ofAll == null ? null : Parameters.filled(ofAll.toFloatArray()[0], features));
    }

    Tensor magnitudes(Tensor encoder) {
      if (parameters.tensors().containsKey("b_enc")) {
        throw new CheckpointException(
            "%s: has b_gate and b_enc; a gated autoencoder has b_gate, b_mag and r_mag"
                .formatted(parameters.file()));
      }
      float[] factors = map(needed("r_mag", features), Math::exp).toFloatArray();
      float[] all = encoder.toFloatArray();
      for (int i = 0; i < all.length; i++) {
        all[i] *= factors[i % factors.length];
      }
      return Tensor.of(all, encoder.shape());
    }

    @Nullable Tensor skip() {
      Tensor found = parameters.optional("W_skip", 2);
      if (found != null) {
        Parameters.same(parameters.file() + ": W_skip", found, out, in);
      }
      return found;
    }

    @Nullable Tensor factor() {
      return oneOf(
          vector("scaling_factor", features), vector("finetuning_scaling_factor", features));
    }

    private static Tensor map(Tensor tensor, DoubleUnaryOperator function) {
      float[] all = tensor.toFloatArray();
      for (int i = 0; i < all.length; i++) {
        all[i] = (float) function.applyAsDouble(all[i]);
      }
      return Tensor.of(all, tensor.shape());
    }
  }
}
