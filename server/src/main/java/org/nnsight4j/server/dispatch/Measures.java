package org.nnsight4j.server.dispatch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.worker.Outcome;

/** The numbers that operators watch. */
public final class Measures {
  private final MeterRegistry registry;
  private final Map<String, AtomicLong> unfinished = new ConcurrentHashMap<>();
  private final AtomicLong all = new AtomicLong();

  public Measures(MeterRegistry registry) {
    this.registry = registry;
  }

  /** A job was accepted. */
  public void accepted(String model, Duration took) {
    Timer.builder("nnsight4j.accept")
        .tag("model", model)
        .publishPercentiles(0.5, 0.99)
        .register(registry)
        .record(took);
    all.incrementAndGet();
  }

  /** A request was refused. */
  public void refused(String code) {
    registry.counter("nnsight4j.refused", "code", code).increment();
  }

  void ran(String model, Outcome outcome, Duration took) {
    Timer.builder("nnsight4j.run")
        .tag("model", model)
        .tag("outcome", outcome.getClass().getSimpleName().toLowerCase(Locale.ROOT))
        .publishPercentiles(0.5, 0.99)
        .register(registry)
        .record(took);
  }

  /** Jobs shared a run. */
  void shared(String model, int jobs) {
    registry.counter("nnsight4j.shared.runs", "model", model).increment();
    registry.counter("nnsight4j.shared.jobs", "model", model).increment(jobs);
  }

  /** A number that is asked for when somebody looks. */
  public void gauge(String name, IntSupplier value) {
    Gauge.builder("nnsight4j." + name, value::getAsInt).register(registry);
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

  /** About how many jobs have not ended. */
  public long unfinished() {
    return all.get();
  }
}
