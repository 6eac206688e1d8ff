package org.nnsight4j.models.olmo2;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class Olmo2MatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> olmo2() {
    return MatchesHuggingFace.of("olmo2");
  }
}
