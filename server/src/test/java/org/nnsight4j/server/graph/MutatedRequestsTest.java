package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.Problem;

/** The first of what the fuzzer looks for further: changed requests are refused with a reason. */
final class MutatedRequestsTest {
  private static final int CASES = 600;
  private static final int CASES_BY_NIGHT = 5000;

  @Test
  void changedRequestsAreAcceptedOrRefusedForAReason() {
    check(0, CASES);
  }

  @Test
  @Tag("nightly")
  void soAreManyMore() {
    check(CASES, CASES_BY_NIGHT);
  }

  private static void check(int first, int cases) {
    RequestCheck check = MutatedRequests.check();
    MutatedRequests requests = new MutatedRequests();
    int accepted = 0;
    int refused = 0;
    for (int seed = first; seed < first + cases; seed++) {
      Verdict verdict = check.check(requests.next(new Random(seed)::nextInt));
      for (Problem problem : verdict.problems()) {
        assertWithMessage("seed %s", seed)
            .that(problem.detail())
            .doesNotContain("that cannot be understood");
        refused++;
      }
      accepted += verdict.problems().isEmpty() ? 1 : 0;
    }
    assertThat(accepted).isAtLeast(cases / 10);
    assertThat(refused).isAtLeast(cases / 3);
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
