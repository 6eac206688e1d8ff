package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.SaeLensConfig;
import org.nnsight4j.internal.toolfile.SaeLensConfig.Architecture;

/** A directory of SAELens, any version. */
final class SaeLensFile {
  private SaeLensFile() {}

  static AutoencoderFile open(Path directory) {
    SaeLensConfig config = SaeLensConfig.read(directory.resolve("cfg.json"));
    AutoencoderWeights weights =
        AutoencoderWeights.read(directory.resolve("sae_weights.safetensors"));
    checkSizes(directory, config, weights);
    Architecture architecture = config.architecture();
    checkHas(directory, config, "b_gate", architecture == Architecture.GATED, weights.gate());
    checkHas(directory, config, "threshold", architecture.hasThreshold(), weights.threshold());
    checkHas(directory, config, "W_skip", architecture.skips(), weights.skip());
    if (config.finetuned() ? weights.factor() == null : weights.isScaled()) {
      throw new CheckpointException(
          "%s: cfg.json says finetuning_scaling_factor = %s, but the weights have %s"
              .formatted(
                  directory, config.finetuned(), config.finetuned() ? "no factors" : "factors"));
    }
    return new AutoencoderFile(weights, config.form(), config.hooks());
  }

  private static void checkHas(
      Path directory,
      SaeLensConfig config,
      String tensor,
      boolean expected,
      @Nullable Object found) {
    if (expected != (found != null)) {
      throw new CheckpointException(
          "%s: the architecture is '%s', but the weights have %s %s"
              .formatted(directory, config.architecture().key(), expected ? "no" : "a", tensor));
    }
  }

  private static void checkSizes(Path directory, SaeLensConfig config, AutoencoderWeights weights) {
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
}
