package org.nnsight4j.server.dispatch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.ModelRegistry;
import org.nnsight4j.server.store.ModelRegistry.Entry;

/** The models of all servers on this database, and the checks for their requests. */
public final class ModelCatalog {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private record Known(Collection<Entry> entries, Instant at) {}

  private final ModelRegistry registry;
  private final Clock clock;
  private final Map<String, RequestCheck> checks = new ConcurrentHashMap<>();
  private volatile Known known = new Known(List.of(), Instant.EPOCH);

  public ModelCatalog(ModelRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
  }

  public Collection<Entry> list() {
    Known last = known;
    Instant now = clock.instant();
    if (now.isAfter(last.at.plus(FRESH)) || now.isBefore(last.at)) {
      last = new Known(List.copyOf(registry.list(now)), now);
      known = last;
    }
    return last.entries;
  }

  /** Reads the models again when they are asked for. */
  public void forget() {
    known = new Known(List.of(), Instant.EPOCH);
  }

  /**
   * The model with a name.
   *
   * @throws ProblemException that lists the models that exist
   */
  public Entry get(String name) {
    Collection<Entry> all = list();
    return all.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ProblemException(
                    ProblemKind.NO_SUCH_MODEL.with(
                        "expected the name of a model of this server, found '%s'; it has %s"
                            .formatted(name, all.stream().map(Entry::name).toList()))));
  }

  RequestCheck check(Entry model) {
    return checks.computeIfAbsent(
        model.kind() + " " + model.description(),
        key -> ExecutorKind.named(model.kind()).check(model.description()));
  }
}
