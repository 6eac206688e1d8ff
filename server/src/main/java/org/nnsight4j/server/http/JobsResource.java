package org.nnsight4j.server.http;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Endings;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.dispatch.Submission;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** Sends, finds, cancels and deletes jobs. */
@Path("/v1/jobs")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json", JobAnswer.PARTS})
public final class JobsResource {
  private static final int PAGE = 50;

  private final Admission admission;
  private final JobQueue queue;
  private final JobReads jobs;
  private final ResultFiles results;
  private final AuditLog audit;
  private final KeyRing keys;
  private final Endings endings;
  private final StreamLimit streams;
  private final RequestBody body;

  JobsResource(
      Admission admission,
      JobQueue queue,
      JobReads jobs,
      ResultFiles results,
      AuditLog audit,
      KeyRing keys,
      Endings endings,
      StreamLimit streams,
      Uploads uploads) {
    this.keys = keys;
    this.endings = endings;
    this.streams = streams;
    this.admission = admission;
    this.queue = queue;
    this.jobs = jobs;
    this.results = results;
    this.audit = audit;
    this.body = new RequestBody(admission.limits().count(Limit.REQUEST_BYTES), uploads);
  }

  /**
   * Answers 202 once the job is on disk, 200 if it already was. A client that prefers to wait gets
   * 200 with the job when it has ended in time.
   */
  @POST
  public void submit(
      @Context ContainerRequestContext request,
      @HeaderParam("Idempotency-Key") @Nullable String idempotencyKey,
      @HeaderParam("Prefer") @Nullable String prefer,
      InputStream in,
      @Suspended AsyncResponse response)
      throws IOException {
    Caller caller = KeyFilter.caller(request);
    RequestParameters parameters =
        RequestParameters.of(request.getUriInfo(), "model", "priority", "timeLimit");
    String model = parameters.required("model");
    var priority = parameters.priority("priority");
    var timeLimit = parameters.seconds("timeLimit");
    String key = RequestParameters.idempotencyKey(idempotencyKey);
    int seconds = JobAnswer.wait(prefer);
    // Without a place for another connection it does not wait; it need not.
    boolean waits = seconds > 0 && streams.begin(caller.owner());
    @Nullable JobAnswer answer =
        waits
            ? new JobAnswer(
                response,
                jobs,
                JobAnswer.takesParts(request.getAcceptableMediaTypes()),
                () -> streams.end(caller.owner()))
            : null;
    try {
      JobQueue.Accepted accepted =
          body.with(
              request,
              in,
              bytes ->
                  admission.accept(
                      new Submission(
                          caller,
                          model,
                          priority,
                          timeLimit,
                          key,
                          bytes,
                          Exchange.of(request).id(),
                          () -> keys.isValid(caller.keyId()) && !HangUps.isGone(request)),
                      answer == null,
                      job -> accepted(request, caller, job, answer, seconds)));
      if (answer == null) {
        response.resume(JobAnswer.accepted(accepted).build());
      }
    } catch (IOException | RuntimeException e) {
      if (answer != null) {
        answer.over();
      }
      throw e;
    }
  }

  /** Called when a job is accepted, before it can start. */
  private void accepted(
      ContainerRequestContext request,
      Caller caller,
      JobQueue.Accepted accepted,
      @Nullable JobAnswer answer,
      int seconds) {
    StoredJob job = accepted.job();
    Exchange.of(request).job(job.id());
    if (accepted.created()) {
      audit.write(
          "submit", caller, "job", job.id(), "model", job.model(), "request", job.requestSha256());
    }
    if (answer != null) {
      answer.await(accepted, endings, seconds);
    }
  }

  /** The caller's jobs, newest first. */
  @GET
  public Map<String, List<JobView>> list(@Context ContainerRequestContext request) {
    RequestParameters parameters = RequestParameters.of(request.getUriInfo(), "before", "limit");
    List<StoredJob> page =
        jobs.list(
            KeyFilter.caller(request).owner(),
            parameters.jobId("before"),
            parameters.number("limit", PAGE, 1, 200));
    return Map.of("jobs", page.stream().map(JobView::of).toList());
  }

  @GET
  @Path("{id}")
  public JobView get(@Context ContainerRequestContext request, @PathParam("id") String id) {
    RequestParameters.of(request.getUriInfo());
    return JobView.of(own(request, id));
  }

  /** Ends a job that has not ended; returns its new state. */
  @POST
  @Path("{id}/cancel")
  public JobView cancel(@Context ContainerRequestContext request, @PathParam("id") String id) {
    RequestParameters.of(request.getUriInfo());
    StoredJob job = own(request, id);
    audit.write("cancel", KeyFilter.caller(request), "job", id);
    return JobView.of(queue.cancel(job.id()));
  }

  /** Deletes a job that has ended, and its result. */
  @DELETE
  @Path("{id}")
  public void delete(@Context ContainerRequestContext request, @PathParam("id") String id) {
    RequestParameters.of(request.getUriInfo());
    StoredJob job = own(request, id);
    queue.delete(id);
    JobResult result = job.result();
    if (result != null && !result.inRow()) {
      results.delete(results.path(result.file()));
    }
    audit.write("delete", KeyFilter.caller(request), "job", id);
  }

  private StoredJob own(ContainerRequestContext request, String id) {
    return Own.job(jobs, KeyFilter.caller(request), id);
  }
}
