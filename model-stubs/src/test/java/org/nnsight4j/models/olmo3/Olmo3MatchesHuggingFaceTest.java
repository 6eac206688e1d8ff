package org.nnsight4j.models.olmo3;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class Olmo3MatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> olmo3() {
    return MatchesHuggingFace.of("olmo3");
  }
}
