package org.nnsight4j.remote;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;

/**
 * A server refused something or could not finish it, in the server's words; or it cannot be
 * reached.
 */
public final class RemoteException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable RemoteProblem problem;

  RemoteException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.problem = null;
  }

  RemoteException(String message) {
    this(message, (Throwable) null);
  }

  RemoteException(RemoteProblem problem) {
    super(problem.message(), null);
    this.problem = problem;
  }

  /** What the server said; empty if it said nothing. */
  public Optional<RemoteProblem> problem() {
    return Optional.ofNullable(problem);
  }
}
