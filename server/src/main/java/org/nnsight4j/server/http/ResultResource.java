package org.nnsight4j.server.http;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.Measures;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.JobReads;

/** The result of a job: a safetensors file, whole or in parts. */
@Path("/v1/jobs/{id}/result")
@Produces({MediaType.APPLICATION_OCTET_STREAM, "application/problem+json"})
public final class ResultResource {
  private final JobReads jobs;
  private final ResultFiles results;
  private final StreamLimit streams;
  private final Measures measures;

  /** A download holds a thread for as long as its reader takes. */
  private final Semaphore places;

  /**
   * @param most how many downloads there may be at the same time, of all users
   */
  ResultResource(
      JobReads jobs, ResultFiles results, StreamLimit streams, Measures measures, int most) {
    this.measures = measures;
    this.jobs = jobs;
    this.results = results;
    this.streams = streams;
    this.places = new Semaphore(most);
  }

  @GET
  public Response get(
      @Context ContainerRequestContext request,
      @Context HttpServletResponse servlet,
      @PathParam("id") String id,
      @HeaderParam("Range") @Nullable String range,
      @HeaderParam("If-Range") @Nullable String ifRange,
      @HeaderParam("If-Match") @Nullable String ifMatch,
      @HeaderParam("If-None-Match") @Nullable String ifNoneMatch) {
    Caller caller = KeyFilter.caller(request);
    FileAnswer file = file(request, servlet, id);
    if (!streams.begin(caller.owner())) {
      throw EventsResource.tooMany();
    }
    if (!places.tryAcquire()) {
      streams.end(caller.owner());
      throw allTaken();
    }
    Runnable end =
        () -> {
          places.release();
          streams.end(caller.owner());
        };
    return file.answer(new FileAnswer.Conditions(range, ifRange, ifMatch, ifNoneMatch), end);
  }

  private static ProblemException allTaken() {
    return new ProblemException(
        ProblemKind.TOO_MANY_DOWNLOADS.with(
            "expected a free place for a download, all are taken; try again in a second"),
        1);
  }

  @HEAD
  public Response head(
      @Context ContainerRequestContext request,
      @Context HttpServletResponse servlet,
      @PathParam("id") String id) {
    return file(request, servlet, id)
        .answer(new FileAnswer.Conditions(null, null, null, null), () -> {});
  }

  private FileAnswer file(ContainerRequestContext request, HttpServletResponse servlet, String id) {
    RequestParameters.of(request.getUriInfo());
    StoredJob job = Own.job(jobs, KeyFilter.caller(request), id);
    JobResult result = job.result();
    if (!job.state().terminal()) {
      throw new ProblemException(
          ProblemKind.NOT_FINISHED
              .with(
                  "expected a job that has ended, found %s; wait for its events"
                      .formatted(job.state()))
              .with("jobStatus", job.state().name()));
    }
    if (result == null) {
      throw new ProblemException(
          ProblemKind.NO_RESULT
              .with(
                  "expected a job that was COMPLETED, found %s; the job says why"
                      .formatted(job.state()))
              .with("jobStatus", job.state().name()));
    }
    if (!job.expired() && result.inRow()) {
      Optional<byte[]> body = jobs.result(id);
      if (body.isPresent()) {
        return new FileAnswer(result, body.get(), servlet, refused(request));
      }
    } else if (!job.expired() && Files.exists(results.path(result.file()))) {
      return new FileAnswer(result, results.path(result.file()), servlet, refused(request));
    }
    throw new ProblemException(
        ProblemKind.EXPIRED.with(
            "the result was kept until %s; run the job again".formatted(job.expiresAt())));
  }

  /** A refusal counts wherever it is found. */
  private Function<Problem, Response.ResponseBuilder> refused(ContainerRequestContext request) {
    return problem -> {
      measures.refused(problem.code());
      return Answer.of(problem.with("requestId", Exchange.of(request).id())).response();
    };
  }
}
