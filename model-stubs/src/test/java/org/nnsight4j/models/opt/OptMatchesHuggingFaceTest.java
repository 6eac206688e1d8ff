package org.nnsight4j.models.opt;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, for configurations of all kinds. */
final class OptMatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> opt() {
    return MatchesHuggingFace.of("opt");
  }
}
