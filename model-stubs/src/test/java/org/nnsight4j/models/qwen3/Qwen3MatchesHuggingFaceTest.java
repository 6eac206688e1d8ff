package org.nnsight4j.models.qwen3;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class Qwen3MatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> qwen3() {
    return MatchesHuggingFace.of("qwen3");
  }
}
