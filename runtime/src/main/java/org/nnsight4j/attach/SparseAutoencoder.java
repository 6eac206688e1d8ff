package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.AutoencoderConfig;
import org.nnsight4j.checkpoint.AutoencoderConfig.Architecture;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Value;

/**
 * A sparse autoencoder or transcoder of SAELens, from a directory that any of its versions wrote.
 * Its inner values are {@code pre} (before the activation function), {@code features} and {@code
 * reconstruction}.
 *
 * <p>One for {@code hook_z} reads the heads side by side, as the input of {@code attn.c_proj} has
 * them. One whose cfg.json has {@code model_from_pretrained_kwargs} was trained on a model that
 * TransformerLens changed first (as by {@code center_writing_weights}), which is not done here.
 */
public final class SparseAutoencoder implements Attachment {
  private static final double EPSILON = 1e-5;

  private final AutoencoderWeights weights;
  private final Form form;

  /** How inputs are scaled. */
  private enum Scaling {
    NONE,
    TO_NORM,
    LAYER_NORM
  }

  /** What is computed with the weights. */
  private record Form(
      Architecture architecture, boolean centered, int k, boolean rescaled, Scaling scaling) {}

  private SparseAutoencoder(AutoencoderWeights weights, Form form) {
    this.weights = weights;
    this.form = form;
  }

  /**
   * An autoencoder from a directory of SAELens: {@code cfg.json} and {@code
   * sae_weights.safetensors}.
   *
   * @throws CheckpointException if it asks for what is not computed here, naming it
   */
  public static SparseAutoencoder open(Path directory) {
    AutoencoderConfig config = AutoencoderConfig.read(directory.resolve("cfg.json"));
    AutoencoderWeights weights =
        AutoencoderWeights.read(directory.resolve("sae_weights.safetensors"));
    checkSizes(directory, config, weights);
    Architecture architecture = config.architecture();
    boolean gated = architecture == Architecture.GATED;
    checkHas(directory, config, "b_gate", gated, weights.gate());
    checkHas(directory, config, "threshold", architecture.hasThreshold(), weights.threshold());
    checkHas(directory, config, "W_skip", architecture.skips(), weights.skip());
    if (config.finetuned() ? weights.factor() == null : weights.isScaled()) {
      throw new CheckpointException(
          "%s: cfg.json says finetuning_scaling_factor = %s, but the weights have %s"
              .formatted(
                  directory, config.finetuned(), config.finetuned() ? "no factors" : "factors"));
    }
    Scaling scaling =
        config.normRescaled()
            ? Scaling.TO_NORM
            : config.layerNormed() ? Scaling.LAYER_NORM : Scaling.NONE;
    int k = architecture.choosesK() ? checkedK(config.k(), weights) : 0;
    return new SparseAutoencoder(
        weights, new Form(architecture, config.centered(), k, config.rescaledByDecoder(), scaling));
  }

  private static void checkHas(
      Path directory,
      AutoencoderConfig config,
      String tensor,
      boolean expected,
      @Nullable Object found) {
    if (expected != (found != null)) {
      throw new CheckpointException(
          "%s: the architecture is '%s', but the weights have %s %s"
              .formatted(directory, config.architecture().key(), expected ? "no" : "a", tensor));
    }
  }

  private static void checkSizes(
      Path directory, AutoencoderConfig config, AutoencoderWeights weights) {
    long[] encoder = weights.encoder().shape();
    long out = weights.decoder().shape(1);
    if (differs(config.width(), encoder[0]) || differs(config.features(), encoder[1])) {
      throw new CheckpointException(
          "%s: cfg.json says d_in = %s and d_sae = %s, W_enc is [%s, %s]"
              .formatted(
                  directory,
                  config.width().orElse(-1),
                  config.features().orElse(-1),
                  encoder[0],
                  encoder[1]));
    }
    boolean transcoder = config.architecture().isTranscoder();
    if (transcoder ? differs(config.outputWidth(), out) : out != encoder[0]) {
      throw new CheckpointException(
          "%s: W_dec gives values of the width %s, expected %s of cfg.json"
              .formatted(
                  directory,
                  out,
                  transcoder ? "d_out = " + config.outputWidth().orElse(-1) : "d_in"));
    }
  }

  private static boolean differs(OptionalInt said, long found) {
    return said.isPresent() && said.getAsInt() != found;
  }

  /**
   * An autoencoder from a safetensors file alone: with ReLU, with JumpReLU if it has a {@code
   * threshold}, or gated if it has {@code b_gate}.
   *
   * @throws CheckpointException if tensors are missing, do not fit each other, or are unknown
   */
  public static SparseAutoencoder load(Path file) {
    AutoencoderWeights weights = AutoencoderWeights.read(file);
    if (weights.skip() != null || weights.decoder().shape(1) != weights.encoder().shape(0)) {
      throw new CheckpointException(
          "%s: this is a transcoder; open its directory, whose cfg.json says which"
              .formatted(file));
    }
    if (weights.gate() != null && weights.threshold() != null) {
      throw new CheckpointException(
          "%s: has b_gate and a threshold; expected one of them".formatted(file));
    }
    Architecture architecture =
        weights.gate() != null
            ? Architecture.GATED
            : weights.threshold() != null ? Architecture.JUMPRELU : Architecture.STANDARD;
    return new SparseAutoencoder(weights, new Form(architecture, true, 0, false, Scaling.NONE));
  }

  private static int checkedK(int k, AutoencoderWeights weights) {
    if (k < 1 || k > weights.encoder().shape(1)) {
      throw new CheckpointException(
          "%s: topK(%s): expected 1 to %s, the number of features"
              .formatted(weights.file(), k, weights.encoder().shape(1)));
    }
    return k;
  }

  /**
   * Keeps the {@code k} largest features of each position, and of those the positive ones.
   *
   * @throws CheckpointException if it has another function than ReLU
   */
  public SparseAutoencoder topK(int k) {
    if (form.architecture != Architecture.STANDARD && form.architecture != Architecture.TOPK) {
      throw new CheckpointException(
          "%s: topK(%s) is for autoencoders with ReLU, this one is '%s'"
              .formatted(weights.file(), k, form.architecture.key()));
    }
    return new SparseAutoencoder(
        weights,
        new Form(
            Architecture.TOPK, form.centered, checkedK(k, weights), form.rescaled, form.scaling));
  }

  /** Does not subtract {@code b_dec} from the input (SAELens' {@code apply_b_dec_to_input}). */
  public SparseAutoencoder withoutInputBias() {
    return new SparseAutoencoder(
        weights, new Form(form.architecture, false, form.k, form.rescaled, form.scaling));
  }

  @Override
  public Value<Axis> call(Value<Axis> input, Points points) {
    Scaled scaled = scaled(input);
    Value<Axis> bias = points.constant(weights.decoderBias());
    Value<Axis> centre = form.centered ? scaled.value.sub(bias) : scaled.value;
    AutoencoderWeights.Gate gate = weights.gate();
    Tensor encoder = gate == null ? weights.encoder() : gate.magnitudes();
    Value<Axis> pre = points.show("pre", linear(centre, encoder, weights.encoderBias(), points));
    @Nullable Value<Axis> norms =
        form.rescaled ? points.<Axis>constant(weights.decoderNorms()) : null;
    Value<Axis> chosen = activated(norms == null ? pre : pre.mul(norms), points);
    if (gate != null) {
      Value<Axis> open = linear(centre, weights.encoder(), gate.bias(), points).gt(0);
      chosen = chosen.where(open, chosen.zerosLike());
    }
    Value<Axis> features = points.show("features", chosen);
    Value<Axis> sized = norms == null ? features : features.div(norms);
    Tensor factor = weights.factor();
    Value<Axis> finetuned =
        factor == null || !weights.isScaled() ? sized : sized.mul(points.<Axis>constant(factor));
    Value<Axis> decoded = finetuned.matMul(points.<Axis>constant(weights.decoder())).add(bias);
    return points.show("reconstruction", finished(decoded, input, scaled, points));
  }

  private static Value<Axis> linear(Value<Axis> input, Tensor matrix, Tensor bias, Points points) {
    return input.matMul(points.<Axis>constant(matrix)).add(points.<Axis>constant(bias));
  }

  private Value<Axis> activated(Value<Axis> pre, Points points) {
    Tensor threshold = weights.threshold();
    if (threshold != null) {
      Value<Axis> high = pre.gt(points.<Axis>constant(threshold));
      return pre.relu().where(high, pre.mul(0));
    }
    if (form.architecture == Architecture.TOPK) {
      Ordered.TopK best = pre.topK(form.k, -1);
      return pre.zerosLike().scatter(-1, best.indices(), best.values().relu());
    } else if (form.architecture == Architecture.ABSTOPK) {
      Value<Axis> best = pre.abs().topK(form.k, -1).indices();
      return pre.zerosLike().scatter(-1, best, pre.gather(-1, best));
    }
    return form.architecture == Architecture.TANH ? pre.relu().tanh() : pre.relu();
  }

  /** An input as the weights expect it, by {@code (input - mean) / size}. */
  private record Scaled(
      Value<Axis> value, @Nullable Value<Axis> mean, @Nullable Value<Axis> size) {}

  private Scaled scaled(Value<Axis> input) {
    return switch (form.scaling) {
      case NONE -> new Scaled(input, null, null);
      case TO_NORM -> {
        double root = Math.sqrt(weights.encoder().shape(0));
        Value<Axis> factor = input.norm(-1, true).reciprocal().mul(root);
        yield new Scaled(input.mul(factor), null, factor);
      }
      case LAYER_NORM -> {
        Value<Axis> mean = input.mean(-1, true);
        Value<Axis> centred = input.sub(mean);
        Value<Axis> deviation = centred.std(-1, true);
        yield new Scaled(centred.div(deviation.add(EPSILON)), mean, deviation);
      }
    };
  }

  /** A transcoder's output is of another place, which has not been scaled. */
  private Value<Axis> finished(
      Value<Axis> decoded, Value<Axis> input, Scaled scaled, Points points) {
    Tensor skip = weights.skip();
    if (skip != null) {
      return decoded.add(input.matMul(points.<Axis>constant(skip).transpose()));
    } else if (form.architecture.isTranscoder() || scaled.size == null) {
      return decoded;
    }
    return scaled.mean == null
        ? decoded.div(scaled.size)
        : decoded.mul(scaled.size).add(scaled.mean);
  }
}
