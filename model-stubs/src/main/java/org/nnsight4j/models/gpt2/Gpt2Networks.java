package org.nnsight4j.models.gpt2;

import com.google.auto.service.AutoService;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;

/** Builds GPT-2's forward pass. */
@AutoService(NetworkFactory.class)
public final class Gpt2Networks implements NetworkFactory {
  @Override
  public String architecture() {
    return "gpt2";
  }

  @Override
  public Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
    return new Gpt2Network(new Parts(blueprint, weights), Gpt2Config.of(config));
  }
}
