package org.nnsight4j.server;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.file.OwnFolder;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.ClientAddress;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Crashes;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.dispatch.Drain;
import org.nnsight4j.server.dispatch.Endings;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.dispatch.Housekeeping;
import org.nnsight4j.server.dispatch.LoadedModels;
import org.nnsight4j.server.dispatch.Measures;
import org.nnsight4j.server.dispatch.ModelCatalog;
import org.nnsight4j.server.dispatch.PausedModels;
import org.nnsight4j.server.dispatch.Readiness;
import org.nnsight4j.server.dispatch.RequestChecks;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.dispatch.Storage;
import org.nnsight4j.server.http.AccessLog;
import org.nnsight4j.server.http.Ports;
import org.nnsight4j.server.options.AccessLogOptions;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.options.WorkerMemory;
import org.nnsight4j.server.store.ApiKeys;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.JobCleaning;
import org.nnsight4j.server.store.JobLeases;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.ModelRegistry;
import org.nnsight4j.server.store.OwnerOnly;
import org.nnsight4j.server.store.PostgresSignals;
import org.nnsight4j.server.store.Servers;
import org.nnsight4j.server.store.Signal;
import org.nnsight4j.server.time.SteadyClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. */
public final class NnsightServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NnsightServer.class);

  private static final String SQLITE_FOLDER = "org.sqlite.tmpdir";

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final String name = UUID.randomUUID().toString();
  private final Clock clock;
  private final KeyRing keys;
  private final AuditLog audit;
  private final Ports ports;
  private final Optional<String> firstKey;

  private NnsightServer(ServerOptions options, Clock wall, LongSupplier nanos) throws Exception {
    try {
      Path data = directory(options.data());
      boolean alone = options.database() instanceof DatabaseOptions.Sqlite;
      if (alone) {
        parts.push(lock(data));
      }
      Path temporary = open(OwnFolder.in(data.resolve("temporary"), "server-")).path();
      // Otherwise a library would be unpacked into the system's temporary folder and stay there
      // after a kill.
      System.setProperty(SQLITE_FOLDER, System.getProperty(SQLITE_FOLDER, temporary.toString()));
      Database database = open(Database.open(options.database(), data));
      if (database.postgres()) {
        open(new PostgresSignals(database));
      }
      Limits limits = options.limits();
      SteadyClock steady = new SteadyClock(wall, nanos, database.time(wall));
      clock = steady;
      ResultFiles results = new ResultFiles(data);
      JobReads jobs = new JobReads(database);
      JobQueue queue =
          new JobQueue(
              database,
              new JobQueue.Rules(
                  limits.count(Limit.JOBS_PER_USER),
                  // A batch may be of one user.
                  Math.max(limits.count(Limit.WINDOW), options.batchRows()),
                  limits.time(Limit.KEEP_SECONDS)),
              clock,
              name);
      JobCleaning cleaning = new JobCleaning(database, queue);
      Storage storage = new Storage(name, new Servers(database), results, limits, clock);
      if (alone) {
        cleaning.takeOver();
        storage.nothingPassed(cleaning);
        results.sweepParts();
      }
      storage.alive();
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      Measures measures = new Measures(registry);
      new JvmMemoryMetrics().bindTo(registry);
      new JvmThreadMetrics().bindTo(registry);
      new ProcessorMetrics().bindTo(registry);
      new UptimeMetrics().bindTo(registry);
      open(new JvmGcMetrics()).bindTo(registry);
      EventHub events = open(new EventHub(jobs));
      measures.gauge("watchers", events::count);
      database.onSignal(
          signal -> {
            if (signal.kind() == Signal.Kind.JOB) {
              events.changed(signal.subject());
            }
          });
      ModelRegistry models = new ModelRegistry(database);
      Crashes crashes = new Crashes();
      parts.push(() -> models.leave(name));
      Endings endings = open(new Endings(name, jobs, queue));
      measures.gauge("waiting.requests", endings::count);
      Dispatcher dispatcher =
          open(
              new Dispatcher(
                  name,
                  options,
                  database,
                  new JobLeases(database, queue, limits.count(Limit.ATTEMPTS)),
                  jobs,
                  results,
                  events,
                  measures,
                  clock,
                  crashes,
                  new PausedModels(data),
                  temporary,
                  queue,
                  endings));
      Housekeeping housekeeping =
          open(new Housekeeping(cleaning, jobs, results, measures, limits, steady, alone));
      keys = new KeyRing(new ApiKeys(database), clock);
      audit =
          open(
              new AuditLog(
                  data.resolve(alone ? "audit.jsonl" : "audit-%s.jsonl".formatted(name)), wall));
      Drain drain = new Drain();
      Readiness readiness =
          open(
              new Readiness(
                  List.of(storage::refusal),
                  List.of(storage::full, dispatcher::trouble, drain::problem),
                  works -> dispatcher.hold(!works)));
      ModelCatalog catalog = new ModelCatalog(models, clock);
      LoadedModels loaded =
          new LoadedModels(
              name, dispatcher, models, catalog, clock, options.operator().modelStore());
      loaded.announce();
      ports =
          open(
              Ports.open(
                  options.listen(),
                  limits,
                  new Ports.Parts(
                      new Admission(
                          queue,
                          dispatcher,
                          jobs,
                          catalog,
                          results,
                          measures,
                          limits,
                          drain,
                          crashes,
                          open(RequestChecks.usual())),
                      queue,
                      jobs,
                      results,
                      catalog,
                      loaded,
                      drain,
                      events,
                      endings,
                      dispatcher,
                      keys,
                      audit,
                      measures,
                      registry,
                      readiness,
                      clock,
                      accessLog(options))));
      // Ends first, because an open stream keeps its port from closing.
      parts.push(events::endAll);
      dispatcher.start();
      readiness.start();
      housekeeping.start(loaded::announce);
      // Created when nothing can fail any more, so that it is certainly shown.
      firstKey = keys.first().map(this::noted);
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /** Starts a server; when this returns, it listens. */
  public static NnsightServer start(ServerOptions options) throws Exception {
    return start(options, Clock.systemUTC(), System::nanoTime);
  }

  /**
   * Starts a server.
   *
   * @param wall the time of day
   * @param nanos counts evenly, whatever happens to the time of day
   */
  public static NnsightServer start(ServerOptions options, Clock wall, LongSupplier nanos)
      throws Exception {
    return new NnsightServer(WorkerMemory.fitted(options), wall, nanos);
  }

  private <T extends AutoCloseable> T open(T part) {
    parts.push(part);
    return part;
  }

  private @Nullable AccessLog accessLog(ServerOptions options) throws IOException {
    AccessLogOptions wanted = options.operator().accessLog();
    return wanted == null
        ? null
        : open(new AccessLog(wanted, new ClientAddress(options.listen().trustedProxies()), clock));
  }

  /** It contains requests and results of all users, so only its owner can read a new one. */
  private static Path directory(Path data) throws IOException {
    if (!Files.exists(data)) {
      OwnerOnly.directory(data);
    }
    return Files.createDirectories(data).toRealPath();
  }

  /** Locks a data directory with SQLite, which belongs to one process. */
  private static AutoCloseable lock(Path data) throws IOException {
    FileChannel channel =
        FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("the lock is held by this process: {}", Shown.trace(e));
    }
    channel.close();
    throw new IOException(
        "expected %s for this server alone, found another server in it; stop that one, choose another directory, or let both use one PostgreSQL"
            .formatted(data));
  }

  /** The key that this start made; it is stored nowhere. Empty after the first start. */
  public Optional<String> firstKey() {
    return firstKey;
  }

  /**
   * Another key for the administrator, for operators who have lost the first; the server stores no
   * key.
   */
  public String newAdminKey() {
    return noted(keys.forAdmin("made at a start"));
  }

  /** A key for the administrator; only a start of the server makes one. */
  private String noted(KeyRing.NewKey made) {
    ApiKeys.Key key = made.key();
    Caller own = new Caller(key.id(), key.owner(), key.role(), key.highestPriority());
    audit.write("key", own, "id", key.id(), "for", key.owner());
    return made.text();
  }

  /** Makes and revokes keys; nothing outside this module needs more than {@link #newAdminKey}. */
  @SuppressWarnings("exports")
  public KeyRing keys() {
    return keys;
  }

  public int port() {
    return ports.port();
  }

  public int adminPort() {
    return ports.adminPort();
  }

  /** Stops the server; running jobs run again at the next start. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.warn("a part of the server did not end as it should: {}", Shown.trace(e));
      }
    }
  }
}
