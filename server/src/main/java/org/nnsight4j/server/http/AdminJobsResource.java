package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.job.JobIds;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobFilter;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** Jobs of all users, for admins: lists and ends them, but shows neither requests nor results. */
@Path("/admin/jobs")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public final class AdminJobsResource {
  private static final int PAGE = 50;
  private static final String[] FILTER = {"owner", "model", "key", "state"};

  /** A job as its user sees it, with its owner. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record OwnedView(String owner, @Nullable String key, @JsonUnwrapped JobView job) {
    static OwnedView of(StoredJob job) {
      return new OwnedView(job.owner(), job.keyId(), JobView.of(job));
    }
  }

  private final JobQueue queue;
  private final JobReads jobs;
  private final AuditLog audit;

  AdminJobsResource(JobQueue queue, JobReads jobs, AuditLog audit) {
    this.queue = queue;
    this.jobs = jobs;
    this.audit = audit;
  }

  /** Lists jobs, newest first. */
  @GET
  public Map<String, List<OwnedView>> list(@Context ContainerRequestContext request) {
    RequestParameters parameters =
        RequestParameters.of(
            request.getUriInfo(), "owner", "model", "key", "state", "before", "limit");
    List<StoredJob> page =
        jobs.list(
            filter(parameters),
            parameters.jobId("before"),
            parameters.number("limit", PAGE, 1, 200));
    return Map.of("jobs", page.stream().map(OwnedView::of).toList());
  }

  @GET
  @Path("{id}")
  public OwnedView get(@Context ContainerRequestContext request, @PathParam("id") String id) {
    RequestParameters.of(request.getUriInfo());
    return OwnedView.of(job(id));
  }

  /** Ends a job that has not ended; returns its new state. */
  @POST
  @Path("{id}/cancel")
  public OwnedView cancel(@Context ContainerRequestContext request, @PathParam("id") String id) {
    RequestParameters.of(request.getUriInfo());
    StoredJob job = job(id);
    audit.write("cancel", KeyFilter.caller(request), "job", id, "of", job.owner());
    return OwnedView.of(queue.cancel(id));
  }

  /** Ends all matching jobs that have not ended; returns how many. */
  @POST
  @Path("cancel")
  public Map<String, Integer> cancelAll(@Context ContainerRequestContext request) {
    RequestParameters parameters = RequestParameters.of(request.getUriInfo(), FILTER);
    if (parameters.isEmpty()) {
      throw Problems.badRequest(
          "expected which jobs are to end, by owner, model, key or state, found none of these");
    }
    int cancelled = queue.cancelAll(filter(parameters));
    audit.write(
        "cancel",
        KeyFilter.caller(request),
        "jobs",
        request.getUriInfo().getRequestUri().getRawQuery(),
        "cancelled",
        cancelled);
    return Map.of("cancelled", cancelled);
  }

  private StoredJob job(String id) {
    if (!JobIds.wellFormed(id)) {
      throw Problems.noSuchJob(id);
    }
    return jobs.find(id).orElseThrow(() -> Problems.noSuchJob(id));
  }

  private static JobFilter filter(RequestParameters parameters) {
    return new JobFilter(
        parameters.text("owner"),
        parameters.text("model"),
        parameters.text("key"),
        parameters.state("state"),
        false);
  }
}
