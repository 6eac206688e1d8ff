package org.nnsight4j.server.dispatch;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.TextCall;
import org.nnsight4j.server.execute.TextRequests;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobQueue.Accepted;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.ModelRegistry;

/**
 * Decides whether a request becomes a job; it checks everything before it stores anything, cheapest
 * checks first.
 */
public final class Admission {
  private static final int BUSY_SECONDS = 10;

  private final JobQueue queue;
  private final Dispatcher dispatcher;
  private final ModelCatalog models;
  private final ResultFiles results;
  private final Measures measures;
  private final StoredBytes stored;
  private final Limits limits;
  private final Drain drain;
  private final Crashes crashes;
  private final RequestChecks checks;

  public Admission(
      JobQueue queue,
      Dispatcher dispatcher,
      JobReads jobs,
      ModelCatalog models,
      ResultFiles results,
      Measures measures,
      Limits limits,
      Drain drain,
      Crashes crashes,
      RequestChecks checks) {
    this.queue = queue;
    this.dispatcher = dispatcher;
    this.models = models;
    this.results = results;
    this.measures = measures;
    this.limits = limits;
    this.drain = drain;
    this.crashes = crashes;
    this.checks = checks;
    this.stored = new StoredBytes(jobs, results);
  }

  public Limits limits() {
    return limits;
  }

  /**
   * Accepts a request: when this returns, the job is on disk.
   *
   * @throws ProblemException if it is refused
   */
  public Accepted accept(Submission request) {
    return accept(request, true, accepted -> {});
  }

  /**
   * Accepts a request.
   *
   * @param onDisk whether the job is on disk when this returns; see {@link JobQueue#accept(NewJob,
   *     JobQueue.Start, boolean)}
   * @param before called with the job before it can start here
   * @throws ProblemException if it is refused
   */
  public Accepted accept(Submission request, boolean onDisk, Consumer<Accepted> before) {
    long start = System.nanoTime();
    ModelRegistry.Entry model = models.get(request.model());
    drain.check(model.name());
    Priority priority = priority(request);
    Duration timeLimit = timeLimit(request);
    room(request);
    NewJob job =
        new NewJob(
            request.caller().owner(),
            model.name(),
            priority,
            timeLimit,
            request.idempotencyKey(),
            request.body(),
            Sha256.of(request.body()),
            request.caller().keyId(),
            model.digest().isEmpty() ? null : model.digest(),
            request.requestId());
    Optional<Accepted> known = queue.look(job);
    if (known.isPresent()) {
      before.accept(known.get());
      return known.get();
    }
    check(model, request);
    Optional<DirectRuns.Place> place = dispatcher.reserve(model.name());
    try {
      JobQueue.Start when = place.isPresent() ? JobQueue.Start.AT_ONCE : JobQueue.Start.LATER;
      Accepted accepted = queue.accept(job, when, onDisk);
      measures.accepted(model.name(), Duration.ofNanos(System.nanoTime() - start));
      before.accept(accepted);
      Lease lease = accepted.lease();
      if (lease != null) {
        place.orElseThrow().begin(lease, priority.rank());
      }
      return accepted;
    } finally {
      place.ifPresent(DirectRuns.Place::close);
    }
  }

  /**
   * Turns a request in the form of OpenAI's API into one of its model's kind. It takes its user's
   * turn among the checks, because it may take as long.
   *
   * @param model the name of the model
   * @param waits as in {@link Submission}
   * @throws ProblemException if it is refused
   */
  public TextCall read(
      Caller caller, String model, byte[] body, BooleanSupplier waits, Reader reader) {
    ModelRegistry.Entry entry = models.get(model);
    drain.check(entry.name());
    TextRequests texts =
        dispatcher
            .texts(entry)
            .orElseThrow(
                () ->
                    new ProblemException(
                        ProblemKind.BAD_REQUEST
                            .with(
                                "expected a model of texts that this process runs, found '%s'; send it jobs, or ask the process that has its tokenizer"
                                    .formatted(entry.name()))
                            .with("param", "model")));
    AtomicReference<@Nullable TextCall> read = new AtomicReference<>();
    Verdict verdict =
        checks.check(
            caller.owner(),
            bytes -> {
              try {
                read.set(reader.read(texts));
                return Verdict.accepted(Budget.NOTHING);
              } catch (ProblemException e) {
                return Verdict.refused(e.problem());
              }
            },
            body,
            waits);
    TextCall call = read.get();
    if (call == null) {
      throw new ProblemException(verdict.problems().get(0));
    }
    return call;
  }

  /** Reads a request for a model. */
  public interface Reader {
    TextCall read(TextRequests texts);
  }

  private static Priority priority(Submission request) {
    Priority highest = request.caller().highestPriority();
    Priority wanted = request.priority();
    if (wanted == null) {
      return highest.rank() < Priority.NORMAL.rank() ? highest : Priority.NORMAL;
    }
    if (wanted.rank() > highest.rank()) {
      throw new ProblemException(
          ProblemKind.PRIORITY_TOO_HIGH.with(
              "expected at most the priority '%s' with this key, found '%s'"
                  .formatted(highest.label(), wanted.label())));
    }
    return wanted;
  }

  private Duration timeLimit(Submission request) {
    Duration wanted = request.timeLimit();
    if (wanted == null) {
      return shorter(limits.time(Limit.USUAL_RUN_SECONDS), limits.time(Limit.RUN_SECONDS));
    }
    if (wanted.compareTo(limits.time(Limit.RUN_SECONDS)) > 0) {
      throw new ProblemException(
          ProblemKind.OVER_BUDGET.with(
              "expected a timeLimit of at most %s s, which is the limit run-seconds of this server's operator, found %s s"
                  .formatted(limits.of(Limit.RUN_SECONDS), wanted.toSeconds())));
    }
    return wanted;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void room(Submission request) {
    crashes.check(request.caller().owner());
    if (measures.unfinished() >= limits.of(Limit.JOBS)) {
      throw new ProblemException(
          ProblemKind.BUSY.with(
              "expected fewer than %s unfinished jobs of all users, found %s; try again later"
                  .formatted(limits.of(Limit.JOBS), measures.unfinished())),
          BUSY_SECONDS);
    }
    if (results.freeBytes() < limits.of(Limit.FREE_DISK_BYTES)) {
      throw new ProblemException(
          ProblemKind.DISK_FULL.with(
              "expected room for results, found too little; the operator has to make some"));
    }
    long bytes = stored.of(request.caller().owner());
    if (bytes > limits.of(Limit.STORED_BYTES_PER_USER)) {
      throw new ProblemException(
          ProblemKind.RESULTS_FULL
              .with(
                  "expected at most %s bytes of results of one user, found %s; delete jobs that you do not need"
                      .formatted(limits.of(Limit.STORED_BYTES_PER_USER), bytes))
              .with("stored", bytes));
    }
  }

  private void check(ModelRegistry.Entry model, Submission request) {
    Verdict verdict =
        checks.check(
            request.caller().owner(),
            dispatcher.check(model).orElseGet(() -> models.check(model)),
            request.body(),
            request.waits());
    List<Problem> problems = verdict.problems();
    if (!problems.isEmpty()) {
      Problem first = problems.get(0);
      throw new ProblemException(
          problems.size() == 1
              ? first
              : first.with("problems", problems.stream().map(Problem::detail).toList()));
    }
    List<String> over = verdict.budget().over(limits.budget());
    if (!over.isEmpty()) {
      throw new ProblemException(
          ProblemKind.OVER_BUDGET.with(
              "expected of one job %s; these are limits of this server's operator, ask for less or in parts"
                  .formatted(String.join("; ", over))));
    }
  }
}
