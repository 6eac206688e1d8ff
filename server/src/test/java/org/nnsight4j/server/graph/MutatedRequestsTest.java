package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.Problem;

/** The first of what the fuzzer looks for further: changed requests are refused with a reason. */
final class MutatedRequestsTest {
  private static final int CASES = 2000;

  @Test
  void changedRequestsAreAcceptedOrRefusedForAReason() {
    RequestCheck check = MutatedRequests.check();
    MutatedRequests requests = new MutatedRequests();
    int accepted = 0;
    int refused = 0;
    for (int seed = 0; seed < CASES; seed++) {
      Verdict verdict = check.check(requests.next(new Random(seed)::nextInt));
      for (Problem problem : verdict.problems()) {
        assertWithMessage("seed %s", seed)
            .that(problem.detail())
            .doesNotContain("that cannot be understood");
        refused++;
      }
      accepted += verdict.problems().isEmpty() ? 1 : 0;
    }
    assertThat(accepted).isAtLeast(CASES / 10);
    assertThat(refused).isAtLeast(CASES / 3);
  }

  @Test
  void unchangedRequestsAreAccepted() {
    RequestCheck check = MutatedRequests.check();
    MutatedRequests requests = new MutatedRequests();
    for (int i = 0; i < requests.count(); i++) {
      int[] choices = {i, 0};
      int[] at = {0};
      assertThat(check.check(requests.next(bound -> choices[at[0]++])).problems()).isEmpty();
    }
  }
}
