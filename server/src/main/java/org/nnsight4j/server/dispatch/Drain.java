package org.nnsight4j.server.dispatch;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/** What takes no more jobs in this process, while those that are there are run to their end. */
public final class Drain {
  private static final int RETRY_SECONDS = 30;

  private final Set<String> models = ConcurrentHashMap.newKeySet();
  private volatile boolean all;

  /** Takes no more jobs of any model, or takes them again. */
  public void all(boolean drained) {
    all = drained;
  }

  /** Takes no more jobs of one model, or takes them again. */
  public void model(String name, boolean drained) {
    if (drained) {
      models.add(name);
    } else {
      models.remove(name);
    }
  }

  /** Whether the whole server takes none. */
  public Optional<String> problem() {
    return all
        ? Optional.of("the server is drained: it takes no more jobs and ends those that it has")
        : Optional.empty();
  }

  /**
   * Lets a request through.
   *
   * @throws ProblemException if it is to go to another server, or to wait
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
