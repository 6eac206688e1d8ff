package org.nnsight4j.models.decoder;

/** Reads how many experts there are, and how many each token has. */
public final class ExpertKeys {
  private static final String CHOSEN = "num_experts_per_tok";

  private ExpertKeys() {}

  /** The number of experts of a layer. */
  public static int experts(ConfigKeys config, String key, int whenAbsent) {
    return config.atMost(key, config.positive(key, whenAbsent), 100_000);
  }

  /** The number of experts of a token. */
  public static int chosen(ConfigKeys config, int whenAbsent, int experts) {
    int chosen = config.positive(CHOSEN, whenAbsent);
    if (chosen > experts) {
      throw config.wrong(CHOSEN, "is %s, but there are only %s experts".formatted(chosen, experts));
    }
    return chosen;
  }
}
