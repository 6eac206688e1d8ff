package org.nnsight4j.models.bert;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers, for configurations of all kinds. */
final class BertMatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> bert() {
    return MatchesHuggingFace.of("bert");
  }
}
