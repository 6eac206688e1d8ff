package org.nnsight4j.models.bert;

import com.google.auto.service.AutoService;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.NetworkFactory;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;

/**
 * BERT: each position sees all others, the stream is normalised after each sum, and the module at
 * the end of each half computes the sum.
 */
@AutoService({Family.class, NetworkFactory.class})
public final class BertFamily implements Family, NetworkFactory {
  @Override
  public String architecture() {
    return "bert";
  }

  @Override
  public Blueprint blueprint(ModelConfig config) {
    return new BertTree(BertConfig.of(config)).blueprint();
  }

  @Override
  public Network create(Blueprint blueprint, ModelConfig config, Weights weights) {
    return new BertNetwork(BertConfig.of(config), new Parts(blueprint, weights));
  }
}
