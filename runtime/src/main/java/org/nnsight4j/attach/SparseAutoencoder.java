package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.toolfile.AutoencoderForm;
import org.nnsight4j.internal.toolfile.AutoencoderForm.Choice;
import org.nnsight4j.internal.toolfile.AutoencoderHooks;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Value;

/**
 * A sparse autoencoder or transcoder, from the files of SAELens (all versions), sparsify, Gemma
 * Scope (both editions) or Llama Scope. Its inner values are {@code pre} (before the activation
 * function), {@code features} and {@code reconstruction}:
 *
 * <pre>{@code
 * pre = (x - b_dec) W_enc + b_enc          features = f(pre)
 * reconstruction = features W_dec + b_dec (+ x W_skip^T)
 * }</pre>
 *
 * where {@code f} is ReLU, the {@code k} largest (TopK), those above a threshold for each feature
 * (JumpReLU, {@code pre} where {@code pre > threshold}; also BatchTopK and matryoshka, whose
 * threshold was learned), or gated; {@code b_dec} is subtracted if the file says so. The formulas
 * are those of each file's own library; tests compare the results with it.
 *
 * <p>{@link #input} reads the place that the file names, so the same code works with every family:
 *
 * <pre>{@code
 * SparseAutoencoder sae = SparseAutoencoder.open(Path.of("blocks.8.hook_resid_pre"));
 * ...
 * invoker.call("sae", sae, sae.input(Decoder.of(invoker.model())));
 * Saved<Axis> features = invoker.point("sae.features").save();
 * }</pre>
 *
 * <p>An autoencoder for {@code hook_z} reads the heads side by side. If cfg.json has {@code
 * model_from_pretrained_kwargs}, it was trained on a model whose weights TransformerLens had
 * changed (for example by {@code center_writing_weights}); nnsight4j does not change the model.
 */
@NotUserCode
public final class SparseAutoencoder implements Attachment {
  private static final double EPSILON = 1e-5;

  private final AutoencoderFile file;
  private final AutoencoderWeights weights;
  private final AutoencoderForm form;

  private SparseAutoencoder(AutoencoderFile file) {
    this.file = file;
    this.weights = file.weights();
    this.form = file.form();
  }

  /**
   * Opens a directory; its files show which tool wrote it: {@code cfg.json} with {@code
   * sae_weights.safetensors} (SAELens) or {@code sae.safetensors} (sparsify), {@code params.npz} or
   * {@code params.safetensors} (Gemma Scope), {@code hyperparams.json} (Llama Scope).
   *
   * <p>The least that SAELens has: {@code cfg.json} with {@code architecture}, {@code d_in}, {@code
   * d_sae}, {@code apply_b_dec_to_input}, {@code normalize_activations} and the place as {@code
   * metadata.hook_name}; and the tensors {@code W_enc [d_in, d_sae]}, {@code b_enc [d_sae]}, {@code
   * W_dec [d_sae, d_in]} and {@code b_dec [d_in]}.
   *
   * @throws CheckpointException if it needs something that is not computed here; the message names
   *     it
   */
  public static SparseAutoencoder open(Path directory) {
    return new SparseAutoencoder(AutoencoderFile.open(directory));
  }

  /**
   * Reads an autoencoder from a single safetensors file: JumpReLU if it has a {@code threshold},
   * gated if it has {@code b_gate}, else ReLU.
   *
   * @throws CheckpointException if tensors are missing or unknown, or their shapes do not fit
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
    Choice choice =
        weights.gate() != null
            ? Choice.GATED
            : weights.threshold() != null ? Choice.JUMPRELU : Choice.RELU;
    String name =
        switch (choice) {
          case GATED -> "gated";
          case JUMPRELU -> "jumprelu";
          default -> "standard";
        };
    AutoencoderForm form =
        new AutoencoderForm(name, choice, 0, true, false, AutoencoderForm.Scaling.NONE, false);
    return new SparseAutoencoder(new AutoencoderFile(weights, form, AutoencoderHooks.NONE));
  }

  /**
   * Keeps the {@code k} largest features of each position, and only the positive ones of those.
   *
   * @throws CheckpointException if its function is not ReLU
   */
  public SparseAutoencoder topK(int k) {
    if (form.choice() != Choice.RELU && form.choice() != Choice.TOPK) {
      throw new CheckpointException(
          "%s: topK(%s) is for autoencoders with ReLU, this one is '%s'"
              .formatted(weights.file(), k, form.name()));
    }
    return new SparseAutoencoder(file.with(form.choosing(Choice.TOPK, k)));
  }

  /**
   * A copy that does not subtract {@code b_dec} from the input (SAELens' {@code
   * apply_b_dec_to_input}).
   */
  public SparseAutoencoder withoutInputBias() {
    return new SparseAutoencoder(file.with(form.uncentered()));
  }

  /**
   * A copy for another place, such as {@code blocks.20.hook_resid_post}, for files that name none.
   */
  public SparseAutoencoder at(String hook) {
    if (form.transcoder()) {
      throw new CheckpointException(
          "%s: a transcoder reads one place and gives another; use at(hook, outputHook)"
              .formatted(weights.file()));
    }
    return placed(AutoencoderHooks.of(hook, null));
  }

  /** {@link #at(String)} for a transcoder. */
  public SparseAutoencoder at(String hook, String outputHook) {
    if (!form.transcoder()) {
      throw new CheckpointException(
          "%s: this is no transcoder, it reads and gives one place; use at(hook)"
              .formatted(weights.file()));
    }
    return placed(AutoencoderHooks.of(hook, outputHook));
  }

  private SparseAutoencoder placed(AutoencoderHooks hooks) {
    return new SparseAutoencoder(new AutoencoderFile(weights, form, hooks));
  }

  /** The place from which it reads, as its file names it; see {@link Decoder#hook}. */
  public Optional<String> hook() {
    return file.hooks().inputs().stream().findFirst();
  }

  /** The place whose value a transcoder predicts; empty for an autoencoder. */
  public Optional<String> outputHook() {
    return file.hooks().outputs().stream().findFirst();
  }

  /**
   * The value on which to call it: that of {@link #hook}, with heads side by side.
   *
   * @param view a view of the model on which it was trained
   * @throws org.nnsight4j.error.RecordingException if the model has no such place, or the file
   *     names none
   */
  public Value<Axis> input(Decoder view) {
    return place(view, file.hooks().inputs(), weights.encoder().shape(0)).read();
  }

  /** How many features it has. */
  public int featureCount() {
    return Math.toIntExact(weights.encoder().shape(1));
  }

  /**
   * Replaces the model's value with a reconstruction: at {@link #outputHook} for a transcoder, else
   * at {@link #hook}.
   *
   * @param reconstruction the result of a call, possibly changed
   */
  public void splice(Decoder view, Value<Axis> reconstruction) {
    List<String> names = form.transcoder() ? file.hooks().outputs() : file.hooks().inputs();
    place(view, names, weights.decoder().shape(1)).write(reconstruction);
  }

  private AutoencoderPlace place(Decoder view, List<String> names, long width) {
    if (names.isEmpty()) {
      throw view.fail(
          "%s names no place of a model; say it, as in at(\"blocks.20.hook_resid_post\")"
              .formatted(weights.file()));
    }
    return AutoencoderPlace.of(view, names, file.hooks().head(), width);
  }

  @Override
  public Value<Axis> call(Value<Axis> input, Points points) {
    Scaled scaled = scaled(input);
    Value<Axis> bias = points.constant(weights.decoderBias());
    Value<Axis> centre = form.centered() ? scaled.value.sub(bias) : scaled.value;
    AutoencoderWeights.Gate gate = weights.gate();
    Tensor encoder = gate == null ? weights.encoder() : gate.magnitudes();
    Value<Axis> pre = points.show("pre", linear(centre, encoder, weights.encoderBias(), points));
    @Nullable Value<Axis> norms =
        form.rescaled() ? points.<Axis>constant(weights.decoderNorms()) : null;
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
    return switch (form.choice()) {
      case TOPK -> {
        Ordered.TopK best = pre.topK(form.k(), -1);
        yield pre.zerosLike().scatter(-1, best.indices(), best.values().relu());
      }
      case ABSTOPK -> {
        Value<Axis> best = pre.abs().topK(form.k(), -1).indices();
        yield pre.zerosLike().scatter(-1, best, pre.gather(-1, best));
      }
      case GROUPMAX -> {
        Value<Axis> groups = pre.relu().unflatten(-1, form.k(), -1);
        Value<Axis> best = groups.argMax(-1).expandDims(-1);
        yield groups.zerosLike().scatter(-1, best, groups.gather(-1, best)).flatten(-2, -1);
      }
      case TANH -> pre.relu().tanh();
      case RELU, GATED, JUMPRELU -> pre.relu();
    };
  }

  /** Scales an input as the weights expect it, {@code (input - mean) / size}. */
  private record Scaled(
      Value<Axis> value, @Nullable Value<Axis> mean, @Nullable Value<Axis> size) {}

  private Scaled scaled(Value<Axis> input) {
    return switch (form.scaling()) {
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

  /** A transcoder's output belongs to another place, which was not scaled. */
  private Value<Axis> finished(
      Value<Axis> decoded, Value<Axis> input, Scaled scaled, Points points) {
    Tensor skip = weights.skip();
    if (skip != null) {
      return decoded.add(input.matMul(points.<Axis>constant(skip).transpose()));
    } else if (form.transcoder() || scaled.size == null) {
      return decoded;
    }
    return scaled.mean == null
        ? decoded.div(scaled.size)
        : decoded.mul(scaled.size).add(scaled.mean);
  }
}
