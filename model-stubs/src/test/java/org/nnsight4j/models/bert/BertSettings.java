package org.nnsight4j.models.bert;

import org.nnsight4j.checkpoint.ModelConfig;

/** What BERT makes of a configuration, for tests that compare it. */
public final class BertSettings {
  private BertSettings() {}

  /** Comparable by {@code equals}. */
  public static Object of(ModelConfig config) {
    return BertConfig.of(config);
  }
}
