package org.nnsight4j.server.execute;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** A request in the form of OpenAI's API, and how its result is told. For use by one thread. */
public interface TextCall {
  /** The same request as its job has it. */
  byte[] request();

  /** Whether the answer comes in pieces. */
  boolean streams();

  /**
   * The whole answer.
   *
   * @param id names the answer
   * @param created when it was asked for, in seconds since 1970
   */
  ObjectNode answer(String id, long created, byte[] result);

  /** The first pieces of an answer, before there is a token. */
  List<ObjectNode> begin(String id, long created);

  /**
   * The next pieces.
   *
   * @param newIds all new tokens of each sequence so far
   */
  List<ObjectNode> pieces(String id, long created, List<List<Long>> newIds);

  /** The last pieces. */
  List<ObjectNode> end(String id, long created, byte[] result);
}
