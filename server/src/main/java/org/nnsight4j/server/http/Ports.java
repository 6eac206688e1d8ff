package org.nnsight4j.server.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.function.BooleanSupplier;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.dispatch.Measures;
import org.nnsight4j.server.dispatch.ModelCatalog;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** The two ports of a server: one for users, one for its operator. */
public final class Ports implements AutoCloseable {
  /** What the resources need. */
  public record Parts(
      Admission admission,
      JobQueue queue,
      JobReads jobs,
      ResultFiles results,
      ModelCatalog models,
      EventHub events,
      Dispatcher dispatcher,
      KeyRing keys,
      AuditLog audit,
      Measures measures,
      PrometheusMeterRegistry registry,
      BooleanSupplier ready,
      Clock clock) {}

  private static final int USER_THREADS = 200;

  /** The other threads are for requests that end soon, whoever reads how slowly. */
  private static final int DOWNLOADS = USER_THREADS * 3 / 4;

  private static final int ADMIN_THREADS = 12;

  private final HttpServer users;
  private final HttpServer admins;

  private Ports(HttpServer users, HttpServer admins) {
    this.users = users;
    this.admins = admins;
  }

  public static Ports open(Listen listen, Limits limits, Parts parts) throws Exception {
    HttpServer admins = admins(listen, limits, parts);
    try {
      return new Ports(users(listen, limits, parts), admins);
    } catch (Exception e) {
      admins.close();
      throw e;
    }
  }

  private static HttpServer users(Listen listen, Limits limits, Parts parts) throws Exception {
    StreamLimit streams = new StreamLimit(limits.count(Limit.STREAMS_PER_USER));
    return new HttpServer(
        "http",
        listen.host(),
        listen.port(),
        USER_THREADS,
        listen.tls(),
        HttpServer.resources(
            new KeyFilter(
                parts.keys, limits.count(Limit.REQUESTS_PER_SECOND), HttpServer.OPEN, false),
            new ProblemMapper(parts.measures),
            new HealthResource(parts.ready),
            new ModelsResource(parts.models),
            new JobsResource(parts.admission, parts.queue, parts.jobs, parts.results, parts.audit),
            new EventsResource(parts.jobs, parts.events, streams),
            new ResultResource(parts.jobs, parts.results, streams, DOWNLOADS)));
  }

  private static HttpServer admins(Listen listen, Limits limits, Parts parts) throws Exception {
    return new HttpServer(
        "admin",
        listen.adminHost(),
        listen.adminPort(),
        ADMIN_THREADS,
        listen.adminTls(),
        HttpServer.resources(
            new KeyFilter(
                parts.keys, limits.count(Limit.REQUESTS_PER_SECOND), HttpServer.OPEN, true),
            new ProblemMapper(parts.measures),
            new HealthResource(parts.ready),
            new MetricsResource(parts.registry),
            new AdminResource(parts.keys, parts.jobs, parts.dispatcher, parts.audit, parts.clock)));
  }

  public int port() {
    return users.port();
  }

  public int adminPort() {
    return admins.port();
  }

  @Override
  public void close() {
    users.close();
    admins.close();
  }
}
