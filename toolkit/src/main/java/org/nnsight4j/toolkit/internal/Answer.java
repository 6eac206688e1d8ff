package org.nnsight4j.toolkit.internal;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;

/**
 * A token that an analysis asks about.
 *
 * @param id its id
 * @param label how figures show it
 */
public record Answer(long id, String label) {
  /** The token that a text is; refuses a text of several tokens. */
  public static Answer of(LanguageModel<?> model, String text) {
    return of(model, model.tokenizer().singleToken(text));
  }

  public static Answer of(LanguageModel<?> model, long id) {
    if (id < 0 || id >= model.blueprint().vocabularySize()) {
      throw new RunException(
          "expected a token of this model, which are 0 to %s, found %s"
              .formatted(model.blueprint().vocabularySize() - 1, id));
    }
    return new Answer(id, PromptTokens.label(model, id));
  }
}
