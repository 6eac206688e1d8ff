package org.nnsight4j.attach;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.LlamaScopeConfig;
import org.nnsight4j.tensor.Tensor;

/**
 * A directory of Llama Scope: {@code hyperparams.json} and weights for scaled inputs. As in its own
 * loader, the scales and the norms of the decoder are folded into the weights, and features are
 * those of the folded weights.
 */
final class LlamaScopeFile {
  private static final Set<String> KNOWN =
      Set.of("encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias");

  /** In the order in which its loader does it. */
  private static final List<String> FILES =
      List.of(
          "sae_weights.safetensors",
          "checkpoints/pruned.safetensors",
          "checkpoints/final.safetensors");

  private LlamaScopeFile() {}

  static AutoencoderFile open(Path directory) {
    LlamaScopeConfig config = LlamaScopeConfig.read(directory.resolve("hyperparams.json"));
    Path file =
        FILES.stream()
            .map(directory::resolve)
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "%s: expected one of %s beside hyperparams.json, found none"
                            .formatted(directory, FILES)));
    Parameters stored = Parameters.read(file).only("Llama Scope", KNOWN);
    AutoencoderFile.checkAsked(
        config,
        "use_decoder_bias = " + config.hasDecoderBias(),
        config.hasDecoderBias(),
        "decoder.bias",
        stored.tensors().containsKey("decoder.bias"));
    Tensor encoder = stored.get("encoder.weight", 2);
    Tensor decoder = stored.get("decoder.weight", 2);
    AutoencoderFile.checkSize(config, "d_model", config.width(), "W_enc", encoder.shape(1));
    AutoencoderFile.checkSize(config, "d_sae", config.features(), "W_enc", encoder.shape(0));
    Parameters.same(file + ": decoder.weight", decoder, config.width(), config.features());
    Tensor bias = stored.get("encoder.bias", 1);
    Parameters.same(file + ": encoder.bias", bias, config.features());
    return new AutoencoderFile(
        AutoencoderWeights.of(new Parameters(file, folded(config, stored, encoder, bias, decoder))),
        config.form(),
        config.hooks());
  }

  /**
   * Folds the scales of an input {@code x * in} and an output {@code y * out}, and the lengths
   * {@code n} of the decoder's rows: {@code W_enc n, b_enc n / in, W_dec in / (out n), b_dec /
   * out}.
   */
  private static Map<String, Tensor> folded(
      LlamaScopeConfig config, Parameters stored, Tensor encoder, Tensor bias, Tensor decoder) {
    double in = config.scale("in");
    double out = config.scale("out");
    int features = config.features();
    int width = config.width();
    float[] down = decoder.toFloatArray();
    float[] up = encoder.toFloatArray();
    float[] before = bias.toFloatArray();
    float[] rows = new float[down.length];
    for (int feature = 0; feature < features; feature++) {
      double squares = 0;
      for (int i = 0; i < width; i++) {
        double number = down[i * features + feature] * in / out;
        rows[feature * width + i] = (float) number;
        squares += number * number;
      }
      double norm = config.unitDecoder() ? Math.sqrt(squares) : 1;
      before[feature] = (float) (before[feature] / in * norm);
      for (int i = feature * width; i < (feature + 1) * width; i++) {
        rows[i] = (float) (rows[i] / norm);
        up[i] = (float) (up[i] * norm);
      }
    }
    Map<String, Tensor> tensors = new HashMap<>();
    tensors.put("W_enc", Parameters.transposed(Tensor.of(up, features, width)));
    tensors.put("b_enc", Tensor.of(before, features));
    tensors.put("W_dec", Tensor.of(rows, features, width));
    Tensor own = stored.optional("decoder.bias", 1);
    tensors.put(
        "b_dec", own == null ? Tensor.of(new float[width], width) : Parameters.times(own, 1 / out));
    if (config.jumps()) {
      tensors.put("threshold", Parameters.filled((float) config.threshold(), features));
    }
    return tensors;
  }
}
