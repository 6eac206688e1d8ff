package org.nnsight4j.server.execute;

import java.util.List;
import org.nnsight4j.server.problem.Problem;

/**
 * What a check found.
 *
 * @param problems why the request cannot run; empty if it can
 */
public record Verdict(Budget budget, List<Problem> problems) {
  public Verdict {
    problems = List.copyOf(problems);
  }

  public static Verdict accepted(Budget budget) {
    return new Verdict(budget, List.of());
  }

  public static Verdict refused(Problem... problems) {
    return new Verdict(Budget.NOTHING, List.of(problems));
  }
}
