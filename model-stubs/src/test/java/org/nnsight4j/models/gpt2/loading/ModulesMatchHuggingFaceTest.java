package org.nnsight4j.models.gpt2.loading;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.models.reference.MatchesHuggingFace;

/** Every module's numbers and every token, as of all other families. */
final class ModulesMatchHuggingFaceTest {
  @TestFactory
  Stream<DynamicNode> gpt2() {
    return MatchesHuggingFace.of("gpt2");
  }
}
