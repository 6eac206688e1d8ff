package org.nnsight4j.server.dispatch;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.worker.AttemptOutcome;
import org.nnsight4j.server.worker.WorkerPool;

/** The metrics for operators. */
public final class Measures {
  /**
   * Buckets of several servers can be added and a percentile computed from the sum; percentiles
   * cannot be added.
   */
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private static final Duration LONGEST = Duration.ofMinutes(10);

  private static final Set<String> KNOWN = Set.of("GET", "HEAD", "POST", "PUT", "DELETE");
  private final MeterRegistry registry;
  private final AtomicLong oldestMillis = new AtomicLong();
  private final Map<String, AtomicLong> unfinished = new ConcurrentHashMap<>();
  private final AtomicLong all = new AtomicLong();

  public Measures(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("nnsight4j.oldest.waiting", () -> oldestMillis.get() / 1000.0)
        .baseUnit("seconds")
        .register(registry);
  }

  /** Counts an accepted job. */
  public void accepted(String model, Duration took) {
    Timer.builder("nnsight4j.accept")
        .tag("model", model)
        .publishPercentileHistogram()
        .minimumExpectedValue(SHORTEST)
        .maximumExpectedValue(LONGEST)
        .register(registry)
        .record(took);
    all.incrementAndGet();
  }

  /** Counts a refused request. */
  public void refused(String code) {
    registry.counter("nnsight4j.refused", "code", code).increment();
  }

  void ran(String model, AttemptOutcome outcome, Duration took) {
    Timer.builder("nnsight4j.run")
        .tag("model", model)
        .tag("outcome", outcome.getClass().getSimpleName().toLowerCase(Locale.ROOT))
        .publishPercentileHistogram()
        .minimumExpectedValue(SHORTEST)
        .maximumExpectedValue(LONGEST)
        .register(registry)
        .record(took);
  }

  /** How long a job waited between its acceptance and the start of an attempt. */
  void waited(String model, Duration took) {
    Timer.builder("nnsight4j.wait")
        .tag("model", model)
        .publishPercentileHistogram()
        .minimumExpectedValue(SHORTEST)
        .maximumExpectedValue(LONGEST)
        .register(registry)
        .record(took);
  }

  /** How long an answer took. */
  public void answered(String method, int status, Duration took) {
    Timer.builder("nnsight4j.http")
        .tag("method", KNOWN.contains(method) ? method : "other")
        .tag("status", Integer.toString(status))
        .publishPercentileHistogram()
        .minimumExpectedValue(SHORTEST)
        .maximumExpectedValue(LONGEST)
        .register(registry)
        .record(took);
  }

  /** Counts jobs that shared a run. */
  void shared(String model, int jobs) {
    registry.counter("nnsight4j.shared.runs", "model", model).increment();
    registry.counter("nnsight4j.shared.jobs", "model", model).increment(jobs);
  }

  /** Records how many jobs, with it, a job finds at the worker that batches it. */
  void batched(String model, int jobs) {
    batches(model).record(jobs);
  }

  private DistributionSummary batches(String model) {
    return DistributionSummary.builder("nnsight4j.batch.jobs")
        .tag("model", model)
        .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64)
        .register(registry);
  }

  /** The jobs of a model that are batched now. */
  void rows(String model, Turns turns) {
    Gauge.builder("nnsight4j.batched", turns::inRows).tag("model", model).register(registry);
    var unused = batches(model);
  }

  /** A gauge that is evaluated when it is read. */
  public void gauge(String name, IntSupplier value) {
    Gauge.builder("nnsight4j." + name, value::getAsInt).register(registry);
  }

  /** The workers of a model: those alive now, and those started so far. */
  void workers(String model, WorkerPool pool) {
    Gauge.builder("nnsight4j.workers", pool::alive).tag("model", model).register(registry);
    Gauge.builder("nnsight4j.workers.wanted", pool::wanted).tag("model", model).register(registry);
    FunctionCounter.builder("nnsight4j.workers.begun", pool, WorkerPool::begun)
        .tag("model", model)
        .register(registry);
  }

  /** Forgets the gauges of a model that was unloaded; a counter stays, as Prometheus expects. */
  void workersGone(String model) {
    registry.find("nnsight4j.workers").tag("model", model).meters().forEach(registry::remove);
    registry
        .find("nnsight4j.workers.wanted")
        .tag("model", model)
        .meters()
        .forEach(registry::remove);
    registry.find("nnsight4j.batched").tag("model", model).meters().forEach(registry::remove);
    registry.find("nnsight4j.workers.begun").tag("model", model).meters().forEach(registry::remove);
  }

  void count(Iterable<JobReads.Count> counts) {
    unfinished.values().forEach(value -> value.set(0));
    long sum = 0;
    for (JobReads.Count count : counts) {
      gauge(count.model(), count.state()).set(count.jobs());
      sum += count.jobs();
    }
    all.set(sum);
  }

  /** How long the longest-waiting job has waited. */
  void oldest(Duration waits) {
    oldestMillis.set(waits.toMillis());
  }

  private AtomicLong gauge(String model, JobState state) {
    return unfinished.computeIfAbsent(
        model + " " + state,
        key -> {
          AtomicLong value = new AtomicLong();
          Gauge.builder("nnsight4j.jobs", value::get)
              .tag("model", model)
              .tag("state", state.name())
              .register(registry);
          return value;
        });
  }

  /** The approximate number of unfinished jobs. */
  public long unfinished() {
    return all.get();
  }
}
