package org.nnsight4j.server.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.ClientAddress;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.access.WrongKeys;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.dispatch.Drain;
import org.nnsight4j.server.dispatch.Endings;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.dispatch.LoadedModels;
import org.nnsight4j.server.dispatch.Measures;
import org.nnsight4j.server.dispatch.ModelCatalog;
import org.nnsight4j.server.dispatch.Readiness;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** The two ports of a server: one for users, one for its operator. */
public final class Ports implements AutoCloseable {
  /** The parts that the resources need. */
  public record Parts(
      Admission admission,
      JobQueue queue,
      JobReads jobs,
      ResultFiles results,
      ModelCatalog models,
      LoadedModels loaded,
      Drain drain,
      EventHub events,
      Endings endings,
      Dispatcher dispatcher,
      KeyRing keys,
      AuditLog audit,
      Measures measures,
      PrometheusMeterRegistry registry,
      Readiness readiness,
      Clock clock,
      @Nullable AccessLog log) {}

  /** The other threads are for requests that end soon, however slowly clients read or write. */
  private static final int DOWNLOADS = 150;

  private static final int UPLOADS = 64;
  private static final int USER_THREADS = DOWNLOADS + UPLOADS + 50;
  private static final int ADMIN_UPLOADS = 4;
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
    ClientAddress addresses = new ClientAddress(listen.trustedProxies());
    StreamLimit streams = new StreamLimit(limits.count(Limit.STREAMS_PER_USER));
    Uploads uploads = new Uploads(limits, UPLOADS);
    KeyCheck keys =
        new KeyCheck(
            parts.keys,
            limits.count(Limit.REQUESTS_PER_SECOND),
            new WrongKeys(parts.audit, "users", limits.count(Limit.WRONG_KEYS_PER_SECOND)),
            addresses,
            false);
    Refusals refusals = new Refusals(parts.measures);
    JobSubmission submission =
        new JobSubmission(
            parts.admission, parts.jobs, parts.audit, parts.keys, parts.endings, streams, uploads);
    return new HttpServer(
        "http",
        listen.host(),
        listen.port(),
        USER_THREADS,
        listen.tls(),
        addresses,
        parts.readiness::problems,
        log(parts),
        next -> new JobsHandler(keys, submission, refusals, next),
        HttpServer.resources(
            new KeyFilter(keys, HttpServer.OPEN),
            new ProblemMapper(refusals),
            new DescriptionResource(),
            new ModelsResource(parts.models),
            new JobsResource(submission, parts.queue, parts.jobs, parts.results, parts.audit),
            new TextsResource(
                new TextJobs(
                    parts.admission,
                    parts.queue,
                    parts.jobs,
                    parts.results,
                    parts.events,
                    parts.endings,
                    parts.audit,
                    parts.keys,
                    streams),
                new RequestBody(limits.count(Limit.REQUEST_BYTES), uploads)),
            new EventsResource(parts.jobs, parts.events, streams),
            new ResultResource(parts.jobs, parts.results, streams, parts.measures, DOWNLOADS)));
  }

  private static HttpServer admins(Listen listen, Limits limits, Parts parts) throws Exception {
    ClientAddress addresses = new ClientAddress(listen.trustedProxies());
    return new HttpServer(
        "admin",
        listen.adminHost(),
        listen.adminPort(),
        ADMIN_THREADS,
        listen.adminTls(),
        addresses,
        parts.readiness::problems,
        log(parts),
        next -> next,
        HttpServer.resources(
            new KeyFilter(
                new KeyCheck(
                    parts.keys,
                    limits.count(Limit.REQUESTS_PER_SECOND),
                    new WrongKeys(
                        parts.audit, "administration", limits.count(Limit.WRONG_KEYS_PER_SECOND)),
                    addresses,
                    true),
                HttpServer.OPEN),
            new ProblemMapper(new Refusals(parts.measures)),
            new DescriptionResource(),
            new MetricsResource(parts.registry),
            new AdminModelsResource(
                parts.loaded,
                parts.dispatcher,
                parts.drain,
                parts.jobs,
                parts.audit,
                new Uploads(limits, ADMIN_UPLOADS)),
            new AdminJobsResource(parts.queue, parts.jobs, parts.audit),
            new AdminResource(parts, new Uploads(limits, ADMIN_UPLOADS))));
  }

  /** Each answer is measured, and logged if the operator wants that. */
  private static RequestLog log(Parts parts) {
    AccessLog log = parts.log;
    return (request, response) -> {
      String path = request.getHttpURI().getPath();
      // A stream of events takes as long as its job.
      if (!HttpServer.PROBES.contains(path) && !path.endsWith("/events")) {
        parts.measures.answered(
            request.getMethod(),
            response.getStatus(),
            Duration.ofNanos(NanoTime.since(request.getBeginNanoTime())));
      }
      if (log != null) {
        log.log(request, response);
      }
    };
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
