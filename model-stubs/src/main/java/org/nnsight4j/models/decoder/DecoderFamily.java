package org.nnsight4j.models.decoder;

import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;

/**
 * A family that is a configuration of the decoder. It is registered both as {@link Family} and as
 * {@link NetworkFactory}.
 */
public abstract class DecoderFamily implements Family, NetworkFactory {
  /** For families, which extend this class. */
  protected DecoderFamily() {}

  /**
   * Everything that a configuration decides.
   *
   * @throws org.nnsight4j.error.CheckpointException if it cannot be run
   */
  public abstract DecoderSpec spec(ModelConfig config);

  @Override
  public final Blueprint blueprint(ModelConfig config) {
    return Declaration.of(new DecoderTree(spec(config))).blueprint();
  }

  @Override
  public final Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
    return new DecoderNetwork(new DecoderTree(spec(config)), new Parts(blueprint, weights));
  }
}
