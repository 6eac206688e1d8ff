package org.nnsight4j.langchain4j;

import java.util.List;
import org.nnsight4j.tokenizer.Message;

/**
 * Turns the messages of a chat into the text that the model continues, for checkpoints without a
 * chat template.
 */
@FunctionalInterface
public interface ChatPrompt {
  /**
   * The text, which ends where the answer begins.
   *
   * @param messages of the roles {@code system}, {@code user} and {@code assistant}; at least one
   */
  String text(List<Message> messages);
}
