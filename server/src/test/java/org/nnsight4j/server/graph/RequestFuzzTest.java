package org.nnsight4j.server.graph;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.problem.Problem;

/**
 * Bytes of anybody. With {@code JAZZER_FUZZ=1} in the environment these look for new inputs;
 * otherwise they run the ones that are kept beside them.
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

  /** A check that fails in a way that it does not know says no too, but has a hole. */
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
