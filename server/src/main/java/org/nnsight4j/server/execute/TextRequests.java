package org.nnsight4j.server.execute;

import com.fasterxml.jackson.databind.JsonNode;
import org.nnsight4j.server.problem.ProblemException;

/** A model that takes requests in the form of OpenAI's API, beside those of its kind. */
public interface TextRequests {
  /** What is asked for. */
  enum Form {
    CHAT,
    COMPLETION,
    EMBEDDING
  }

  /**
   * Turns a request into one of the model's kind.
   *
   * @param seed draws the tokens of a request that samples and gives no seed
   * @throws ProblemException that names the field, if a field is unknown, or would change the
   *     answer in a way that this server does not have
   */
  TextCall read(Form form, JsonNode request, long seed);
}
