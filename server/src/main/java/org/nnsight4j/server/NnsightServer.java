package org.nnsight4j.server;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.nnsight4j.error.Shown;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.dispatch.Housekeeping;
import org.nnsight4j.server.dispatch.Measures;
import org.nnsight4j.server.dispatch.ModelCatalog;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.http.Ports;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.JobCleaning;
import org.nnsight4j.server.store.JobLeases;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.ModelRegistry;
import org.nnsight4j.server.store.PostgresSignals;
import org.nnsight4j.server.store.Signal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. */
public final class NnsightServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NnsightServer.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final String name = UUID.randomUUID().toString();
  private final Clock clock = Clock.systemUTC();
  private final List<ModelRegistry.Entry> entries;
  private final KeyRing keys;
  private final AuditLog audit;
  private final Ports ports;
  private final Optional<String> firstKey;

  private NnsightServer(ServerOptions options) throws Exception {
    try {
      entries = entries(options.models());
      Path data = directory(options.data());
      boolean alone = options.database() instanceof DatabaseOptions.Sqlite;
      if (alone) {
        parts.push(lock(data));
      }
      Database database = open(Database.open(options.database(), data));
      if (database.postgres()) {
        open(new PostgresSignals(database));
      }
      Limits limits = options.limits();
      ResultFiles results = new ResultFiles(data);
      JobReads jobs = new JobReads(database);
      JobQueue queue =
          new JobQueue(
              database,
              new JobQueue.Rules(
                  limits.count(Limit.JOBS_PER_USER),
                  limits.count(Limit.WINDOW),
                  limits.time(Limit.KEEP_SECONDS)),
              clock);
      JobCleaning cleaning = new JobCleaning(database, queue);
      if (alone) {
        cleaning.takeOver();
      }
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      Measures measures = new Measures(registry);
      EventHub events = open(new EventHub(jobs));
      measures.gauge("watchers", events::count);
      database.onSignal(
          signal -> {
            if (signal.kind() == Signal.Kind.JOB) {
              events.changed(signal.subject());
            }
          });
      ModelRegistry models = new ModelRegistry(database);
      announce(models);
      parts.push(() -> models.leave(name));
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
                  measures));
      Housekeeping housekeeping =
          open(new Housekeeping(cleaning, jobs, results, measures, limits, clock));
      keys = new KeyRing(new ApiKeys(database), clock);
      audit =
          open(
              new AuditLog(
                  data.resolve(alone ? "audit.jsonl" : "audit-%s.jsonl".formatted(name)), clock));
      ModelCatalog catalog = new ModelCatalog(models, clock);
      ports =
          open(
              Ports.open(
                  options.listen(),
                  limits,
                  new Ports.Parts(
                      new Admission(queue, jobs, catalog, results, measures, limits),
                      queue,
                      jobs,
                      results,
                      catalog,
                      events,
                      dispatcher,
                      keys,
                      audit,
                      measures,
                      registry,
                      database::alive,
                      clock)));
      // The first thing to end: a stream that is open keeps its port from closing.
      parts.push(events::endAll);
      dispatcher.start();
      housekeeping.start(() -> announce(models));
      // When nothing can fail any more, so that it is shown.
      firstKey = keys.first().map(this::noted);
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /** Starts a server; when this returns, it listens. */
  public static NnsightServer start(ServerOptions options) throws Exception {
    return new NnsightServer(options);
  }

  private <T extends AutoCloseable> T open(T part) {
    parts.push(part);
    return part;
  }

  /** Read once: the workers have loaded these files, whatever becomes of them. */
  private static List<ModelRegistry.Entry> entries(List<ModelSpec> models) {
    return models.stream()
        .map(
            model ->
                new ModelRegistry.Entry(
                    model.name(),
                    model.kind(),
                    ExecutorKind.named(model.kind()).describe(model),
                    model.workers()))
        .toList();
  }

  /** Requests and results of all users are in it: a new one is for its owner alone. */
  private static Path directory(Path data) throws IOException {
    boolean posix = data.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (!Files.exists(data) && posix) {
      Path parent = data.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.createDirectory(
          data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    return Files.createDirectories(data).toRealPath();
  }

  private void announce(ModelRegistry models) {
    entries.forEach(entry -> models.announce(name, entry, clock.instant()));
  }

  /** A data directory with SQLite belongs to one process. */
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

  /** The key that this start made; it is nowhere else. Empty after the first start. */
  public Optional<String> firstKey() {
    return firstKey;
  }

  /** Another key for the administrator, for who has lost the first; it is nowhere else. */
  public String newAdminKey() {
    return noted(keys.forAdmin("made at a start"));
  }

  /** A key of the administrator, whom nobody but a start of the server gives one. */
  private String noted(KeyRing.NewKey made) {
    ApiKeys.Key key = made.key();
    Caller own = new Caller(key.id(), key.owner(), key.role(), key.highestPriority());
    audit.write("key", own, "id", key.id(), "for", key.owner());
    return made.text();
  }

  /** Makes and revokes keys. */
  public KeyRing keys() {
    return keys;
  }

  public int port() {
    return ports.port();
  }

  public int adminPort() {
    return ports.adminPort();
  }

  /** Ends; what runs is run again at the next start. */
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
