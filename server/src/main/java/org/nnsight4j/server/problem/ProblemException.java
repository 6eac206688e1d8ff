package org.nnsight4j.server.problem;

import org.jspecify.annotations.Nullable;

/** A problem on its way to the client. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;
  private final int retryAfterSeconds;

  public ProblemException(Problem problem) {
    this(problem, 0, null);
  }

  public ProblemException(Problem problem, int retryAfterSeconds) {
    this(problem, retryAfterSeconds, null);
  }

  public ProblemException(Problem problem, int retryAfterSeconds, @Nullable Throwable cause) {
    super(problem.title() + ": " + problem.detail(), cause);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public Problem problem() {
    return problem;
  }

  /** Seconds after which a retry can help; 0 if it cannot. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
