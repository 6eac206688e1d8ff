package org.nnsight4j.toolkit.activations;

import java.util.List;
import org.nnsight4j.toolkit.figure.DashboardExample;

/**
 * A place in a corpus at which a unit is active, with the text around it.
 *
 * @param text which text of the corpus, from 0
 * @param position which of its tokens, from 0
 * @param value the activation there
 * @param window the tokens around it with their activations
 */
public record ActivationExample(long text, int position, double value, DashboardExample window) {
  /** The tokens around it, as they are. */
  public List<String> tokens() {
    return window.tokens();
  }
}
