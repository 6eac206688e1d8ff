package org.nnsight4j.toolkit.figure;

import java.util.Arrays;
import java.util.List;
import org.nnsight4j.error.RunException;

/**
 * A piece of text in a {@link FeatureDashboard}, with a number for each token.
 *
 * @param tokens as they are, with their spaces
 * @param activations one for each token
 * @param peak the index of the token for which it was chosen
 * @param source where it comes from, for example {@code text 12, token 40}
 */
public record DashboardExample(List<String> tokens, double[] activations, int peak, String source) {
  public DashboardExample {
    tokens = List.copyOf(tokens);
    activations = activations.clone();
    if (activations.length != tokens.size() || peak < 0 || peak >= tokens.size()) {
      throw new RunException(
          "there are %s activations for %s tokens, with a peak at %s"
              .formatted(activations.length, tokens.size(), peak));
    }
  }

  @Override
  public double[] activations() {
    return activations.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DashboardExample example
        && tokens.equals(example.tokens)
        && Arrays.equals(activations, example.activations)
        && peak == example.peak
        && source.equals(example.source);
  }

  @Override
  public int hashCode() {
    return tokens.hashCode() * 31 + Arrays.hashCode(activations) + peak;
  }

  @Override
  public String toString() {
    return "%s: %s".formatted(source, String.join("", tokens));
  }
}
