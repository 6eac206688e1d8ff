package org.nnsight4j.models.gptj;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class GptJMatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> gptJ() {
    return MatchesHuggingFace.of("gptj");
  }
}
