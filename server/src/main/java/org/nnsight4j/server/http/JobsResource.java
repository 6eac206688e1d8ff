package org.nnsight4j.server.http;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
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
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** Sends, finds, cancels and deletes jobs. */
@Path("/v1/jobs")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json", JobAnswer.PARTS})
public final class JobsResource {
  private static final int PAGE = 50;

  private final JobSubmission submission;
  private final JobQueue queue;
  private final JobReads jobs;
  private final ResultFiles results;
  private final AuditLog audit;

  JobsResource(
      JobSubmission submission,
      JobQueue queue,
      JobReads jobs,
      ResultFiles results,
      AuditLog audit) {
    this.submission = submission;
    this.queue = queue;
    this.jobs = jobs;
    this.results = results;
    this.audit = audit;
  }

  /** Sends a job. {@link JobsHandler} receives most of these requests. */
  @POST
  public void submit(
      @Context ContainerRequestContext request, InputStream in, @Suspended AsyncResponse response)
      throws IOException {
    submission.submit(
        new JobSubmission.Sent(
            Exchange.of(request),
            KeyFilter.caller(request),
            request.getUriInfo().getQueryParameters(),
            takesParts(request.getAcceptableMediaTypes()),
            in),
        new Reply() {
          @Override
          public void send(Answer answer) {
            response.resume(answer.response().build());
          }

          @Override
          public void fail(Throwable error) {
            response.resume(error);
          }
        });
  }

  private static boolean takesParts(List<MediaType> accepted) {
    return accepted.stream()
        .anyMatch(type -> type.getType().equals("multipart") && type.getSubtype().equals("mixed"));
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
