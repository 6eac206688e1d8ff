package org.nnsight4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.glassfish.jersey.media.sse.EventOutput;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Endings;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.dispatch.Submission;
import org.nnsight4j.server.execute.TextCall;
import org.nnsight4j.server.execute.TextRequests.Form;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/**
 * Requests of texts as jobs: accepted, stored, run and kept like any other, and answered when they
 * have ended.
 */
final class TextJobs {
  private final Admission admission;
  private final JobQueue queue;
  private final JobReads jobs;
  private final ResultFiles results;
  private final EventHub events;
  private final Endings endings;
  private final AuditLog audit;
  private final KeyRing keys;
  private final StreamLimit streams;

  TextJobs(
      Admission admission,
      JobQueue queue,
      JobReads jobs,
      ResultFiles results,
      EventHub events,
      Endings endings,
      AuditLog audit,
      KeyRing keys,
      StreamLimit streams) {
    this.admission = admission;
    this.queue = queue;
    this.jobs = jobs;
    this.results = results;
    this.events = events;
    this.endings = endings;
    this.audit = audit;
    this.keys = keys;
    this.streams = streams;
  }

  /**
   * Accepts a request; its answer comes later.
   *
   * @throws ProblemException if it is refused
   */
  void ask(
      ContainerRequestContext request,
      Form form,
      JsonNode json,
      byte[] body,
      @Nullable String idempotencyKey,
      AsyncResponse response) {
    Caller caller = KeyFilter.caller(request);
    JsonNode model = json.get("model");
    if (model == null || !model.isTextual()) {
      throw Problems.badRequest("expected the name of a model as 'model', found none");
    }
    BooleanSupplier waits = () -> keys.isValid(caller.keyId()) && !HangUps.isGone(request);
    // The same request has the same tokens when a client sends it again.
    long seed =
        idempotencyKey == null
            ? ThreadLocalRandom.current().nextLong(1L << 53)
            : UUID.nameUUIDFromBytes(idempotencyKey.getBytes(StandardCharsets.US_ASCII))
                    .getLeastSignificantBits()
                >>> 11;
    TextCall call =
        admission.read(
            caller, model.textValue(), body, waits, texts -> texts.read(form, json, seed));
    if (!streams.begin(caller.owner())) {
      throw EventsResource.tooMany();
    }
    AtomicBoolean over = new AtomicBoolean();
    Runnable end =
        () -> {
          if (over.compareAndSet(false, true)) {
            streams.end(caller.owner());
          }
        };
    try {
      JobQueue.Accepted accepted =
          admission.accept(
              new Submission(
                  caller,
                  model.textValue(),
                  null,
                  null,
                  idempotencyKey,
                  call.request(),
                  Exchange.of(request).id(),
                  waits),
              call.streams(),
              job -> accepted(request, caller, job, call, response, end));
      if (call.streams()) {
        stream(accepted.job(), call, response, end);
      }
    } catch (RuntimeException e) {
      end.run();
      throw e;
    }
  }

  /** Called before the job can start. */
  private void accepted(
      ContainerRequestContext request,
      Caller caller,
      JobQueue.Accepted accepted,
      TextCall call,
      AsyncResponse response,
      Runnable end) {
    StoredJob job = accepted.job();
    Exchange.of(request).job(job.id());
    if (accepted.created()) {
      audit.write(
          "submit", caller, "job", job.id(), "model", job.model(), "request", job.requestSha256());
    }
    if (!call.streams()) {
      var unused =
          endings.expect(
              job.id(),
              accepted.lease() != null,
              ended -> {
                end.run();
                response.resume(answer(ended, call));
              });
    }
  }

  private Object answer(Endings.Ended ended, TextCall call) {
    try {
      StoredJob job = ended.job();
      byte[] body = ended.body();
      String answer =
          call.answer(job.id(), created(job), body == null ? result(job) : body).toString();
      return Response.ok(answer, MediaType.APPLICATION_JSON).build();
    } catch (RuntimeException e) {
      return e;
    }
  }

  private static long created(StoredJob job) {
    return job.acceptedAt().getEpochSecond();
  }

  /**
   * The bytes of a result.
   *
   * @throws ProblemException if the job has none
   */
  private byte[] result(StoredJob job) {
    JobResult result = job.result();
    if (job.state() != JobState.COMPLETED || result == null || job.expired()) {
      String problem = job.problem();
      throw new ProblemException(
          problem == null
              ? ProblemKind.NO_RESULT.with("expected a result, found none that is still kept")
              : Problem.fromJson(problem));
    }
    try {
      return result.inRow()
          ? jobs.result(job.id())
              .orElseThrow(() -> new IOException("the result was deleted meanwhile"))
          : Files.readAllBytes(results.path(result.file()));
    } catch (IOException e) {
      throw new ProblemException(
          ProblemKind.EXPIRED.with("expected a result, found none that is still kept"), 0, e);
    }
  }

  private void stream(StoredJob job, TextCall call, AsyncResponse response, Runnable end) {
    EventOutput output = new EventOutput();
    // Before any other thread can write, as in EventsResource.
    response.resume(Response.ok(output, MediaType.SERVER_SENT_EVENTS_TYPE).build());
    TextWatcher watcher =
        new TextWatcher(output, call, job.id(), created(job), this::ended, queue::cancel);
    events.watch(
        job.id(),
        0,
        watcher,
        () -> {
          end.run();
          watcher.end();
        });
  }

  private byte[] ended(String id) {
    return result(jobs.find(id).orElseThrow(() -> Problems.noSuchJob(id)));
  }
}
