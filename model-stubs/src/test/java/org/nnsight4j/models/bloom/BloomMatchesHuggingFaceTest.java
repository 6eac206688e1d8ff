package org.nnsight4j.models.bloom;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class BloomMatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> bloom() {
    return MatchesHuggingFace.of("bloom");
  }
}
