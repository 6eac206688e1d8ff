package org.nnsight4j.server.graph;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.problem.Problem;

/**
 * Arbitrary bytes. With {@code JAZZER_FUZZ=1} in the environment these tests look for new inputs;
 * otherwise they run the stored ones.
 */
final class RequestFuzzTest {
  private static final RequestCheck CHECK = MutatedRequests.check();
  private static final MutatedRequests MUTATED = new MutatedRequests();

  @FuzzTest(maxDuration = "5m")
  void requests(byte[] bytes) {
    if (CHECK.check(bytes) == null) {
      throw new AssertionError("a check says something");
    }
  }

  /** A check that fails unexpectedly also refuses, but has a hole. */
  @FuzzTest(maxDuration = "5m")
  void mutatedRequests(FuzzedDataProvider data) {
    byte[] request = MUTATED.next(bound -> data.consumeInt(0, bound - 1));
    for (Problem problem : CHECK.check(request).problems()) {
      if (problem.detail().contains("that cannot be understood")) {
        throw new AssertionError("the checks do not know why");
      }
    }
  }

  @FuzzTest(maxDuration = "5m")
  void safetensors(byte[] bytes) {
    try {
      SafetensorsHeader.parse(Path.of("x"), bytes);
    } catch (Nnsight4jException e) {
      // Refused, as it may be.
    }
  }
}
