package org.nnsight4j.models.qwen3moe;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class Qwen3MoeMatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> qwen3moe() {
    return MatchesHuggingFace.of("qwen3_moe");
  }
}
