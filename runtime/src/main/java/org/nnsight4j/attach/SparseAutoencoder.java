package org.nnsight4j.attach;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.AutoencoderConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Value;

/**
 * A sparse autoencoder with the parameter names of SAELens: {@code W_enc [in, features]}, {@code
 * b_enc}, {@code W_dec [features, in]}, {@code b_dec}, and {@code threshold} for JumpReLU. Its
 * inner values are {@code pre} (before the activation function), {@code features} and {@code
 * reconstruction}.
 */
public final class SparseAutoencoder implements Attachment {
  private final Tensor encoder;
  private final Tensor encoderBias;
  private final Tensor decoder;
  private final Tensor decoderBias;
  private final @Nullable Tensor threshold;
  private final boolean centered;
  private final int topK;

  private SparseAutoencoder(
      Tensor encoder,
      Tensor encoderBias,
      Tensor decoder,
      Tensor decoderBias,
      @Nullable Tensor threshold,
      boolean centered,
      int topK) {
    this.encoder = encoder;
    this.encoderBias = encoderBias;
    this.decoder = decoder;
    this.decoderBias = decoderBias;
    this.threshold = threshold;
    this.centered = centered;
    this.topK = topK;
  }

  /**
   * An autoencoder from a directory of SAELens: {@code cfg.json} and {@code
   * sae_weights.safetensors}.
   *
   * @throws CheckpointException if it is of a kind that is not computed here
   */
  public static SparseAutoencoder open(Path directory) {
    AutoencoderConfig config = AutoencoderConfig.read(directory.resolve("cfg.json"));
    SparseAutoencoder loaded = load(directory.resolve("sae_weights.safetensors"));
    if (config.architecture().equals("jumprelu") != (loaded.threshold != null)) {
      throw new CheckpointException(
          "%s: the architecture is '%s', but the weights have %s threshold"
              .formatted(directory, config.architecture(), loaded.threshold == null ? "no" : "a"));
    }
    long[] shape = loaded.encoder.shape();
    boolean fits =
        (config.width() < 0 || config.width() == shape[0])
            && (config.features() < 0 || config.features() == shape[1]);
    if (!fits) {
      throw new CheckpointException(
          "%s: cfg.json says d_in = %s and d_sae = %s, W_enc is [%s, %s]"
              .formatted(directory, config.width(), config.features(), shape[0], shape[1]));
    }
    SparseAutoencoder kept =
        config.architecture().equals("topk") ? loaded.topK(config.k()) : loaded;
    return config.centered() ? kept : kept.withoutInputBias();
  }

  /**
   * An autoencoder from a safetensors file: with ReLU, or with JumpReLU if it has a {@code
   * threshold}.
   *
   * @throws CheckpointException if tensors are missing or do not fit each other
   */
  public static SparseAutoencoder load(Path file) {
    Parameters parameters = Parameters.read(file);
    Tensor encoder = parameters.get("W_enc", 2);
    long in = encoder.shape(0);
    long features = encoder.shape(1);
    Tensor encoderBias = parameters.get("b_enc", 1);
    Tensor decoder = parameters.get("W_dec", 2);
    Tensor decoderBias = parameters.get("b_dec", 1);
    Tensor threshold = parameters.optional("threshold", 1);
    Parameters.same(file + ": b_enc", encoderBias, features);
    Parameters.same(file + ": W_dec", decoder, features, in);
    Parameters.same(file + ": b_dec", decoderBias, in);
    if (threshold != null) {
      Parameters.same(file + ": threshold", threshold, features);
    }
    return new SparseAutoencoder(encoder, encoderBias, decoder, decoderBias, threshold, true, 0);
  }

  /** Keeps the {@code k} largest features of each position, and of those the positive ones. */
  public SparseAutoencoder topK(int k) {
    if (k < 1 || k > encoder.shape(1)) {
      throw new CheckpointException(
          "topK(%s): expected 1 to %s, the number of features".formatted(k, encoder.shape(1)));
    }
    return new SparseAutoencoder(
        encoder, encoderBias, decoder, decoderBias, threshold, centered, k);
  }

  /** Does not subtract {@code b_dec} from the input (SAELens' {@code apply_b_dec_to_input}). */
  public SparseAutoencoder withoutInputBias() {
    return new SparseAutoencoder(
        encoder, encoderBias, decoder, decoderBias, threshold, false, topK);
  }

  @Override
  public Value<Axis> call(Value<Axis> input, Points points) {
    Value<Axis> bias = points.constant(decoderBias);
    Value<Axis> centre = centered ? input.sub(bias) : input;
    Value<Axis> linear =
        centre.matMul(points.<Axis>constant(encoder)).add(points.<Axis>constant(encoderBias));
    Value<Axis> pre = points.show("pre", linear);
    Value<Axis> features = points.show("features", activated(pre, points));
    Value<Axis> decoded = features.matMul(points.<Axis>constant(decoder)).add(bias);
    return points.show("reconstruction", decoded);
  }

  private Value<Axis> activated(Value<Axis> pre, Points points) {
    if (topK > 0) {
      Ordered.TopK best = pre.topK(topK, -1);
      return pre.zerosLike().scatter(-1, best.indices(), best.values().relu());
    } else if (threshold != null) {
      Value<Axis> high = pre.gt(points.<Axis>constant(threshold));
      return pre.relu().where(high, pre.mul(0));
    }
    return pre.relu();
  }
}
