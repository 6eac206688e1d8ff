package org.nnsight4j.models.phi3;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class Phi3MatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> phi3() {
    return MatchesHuggingFace.of("phi3");
  }
}
