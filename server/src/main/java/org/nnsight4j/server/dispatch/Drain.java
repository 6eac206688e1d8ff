package org.nnsight4j.server.dispatch;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/** Which models accept no more jobs in this process, while their existing jobs run to the end. */
public final class Drain {
  private static final int RETRY_SECONDS = 30;

  private final Set<String> models = ConcurrentHashMap.newKeySet();
  private volatile boolean all;

  /** Stops accepting jobs of any model, or accepts them again. */
  public void all(boolean drained) {
    all = drained;
  }

  /** Stops accepting jobs of one model, or accepts them again. */
  public void model(String name, boolean drained) {
    if (drained) {
      models.add(name);
    } else {
      models.remove(name);
    }
  }

  /** Whether a model accepts no jobs here. */
  public boolean isDrained(String model) {
    return all || models.contains(model);
  }

  /** Whether the whole server accepts none. */
  public Optional<String> problem() {
    return all
        ? Optional.of("the server is drained: it takes no more jobs and ends those that it has")
        : Optional.empty();
  }

  /**
   * Lets a request through.
   *
   * @throws ProblemException if the request should go to another server, or wait
   */
  void check(String model) {
    if (all || models.contains(model)) {
      throw new ProblemException(
          ProblemKind.DRAINED.with(
              "expected a server that takes jobs for '%s', its operator has drained this one; try again later"
                  .formatted(model)),
          RETRY_SECONDS);
    }
  }
}
