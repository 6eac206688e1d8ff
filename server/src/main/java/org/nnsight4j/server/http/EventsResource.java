package org.nnsight4j.server.http;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.glassfish.jersey.media.sse.EventOutput;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobReads;

/** The events of a job, as server-sent events that resume where a connection broke. */
@Path("/v1/jobs/{id}/events")
public final class EventsResource {
  private final JobReads jobs;
  private final EventHub events;
  private final StreamLimit streams;

  EventsResource(JobReads jobs, EventHub events, StreamLimit streams) {
    this.jobs = jobs;
    this.events = events;
    this.streams = streams;
  }

  @GET
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public void events(
      @Context ContainerRequestContext request,
      @PathParam("id") String id,
      @HeaderParam("Last-Event-ID") @Nullable String last,
      @Suspended AsyncResponse response) {
    RequestParameters.of(request.getUriInfo());
    Caller caller = KeyFilter.caller(request);
    StoredJob job = Own.job(jobs, caller, id);
    int seen = seen(last);
    if (job.state().terminal() && jobs.events(id, seen).isEmpty()) {
      // Nothing will ever come: a 204 tells a client not to connect again.
      throw new WebApplicationException(Response.noContent().build());
    }
    if (!streams.begin(caller.owner())) {
      throw tooMany();
    }
    EventOutput output = new EventOutput();
    try {
      // Before any other thread can write: Jersey loses chunks, and breaks the connection, if
      // another thread closes the stream while this one sends the headers (its issue 2964).
      response.resume(output);
    } catch (RuntimeException e) {
      streams.end(caller.owner());
      throw e;
    }
    SseWatcher watcher = new SseWatcher(output, () -> jobs.find(id));
    events.watch(
        id,
        seen,
        watcher,
        () -> {
          streams.end(caller.owner());
          watcher.end();
        });
  }

  /** Without it a HEAD would wait for the end of the job. */
  @HEAD
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public Response head(@Context ContainerRequestContext request, @PathParam("id") String id) {
    RequestParameters.of(request.getUriInfo());
    Own.job(jobs, KeyFilter.caller(request), id);
    return Response.ok().build();
  }

  static ProblemException tooMany() {
    return new ProblemException(
        ProblemKind.TOO_MANY_STREAMS.with(
            "expected fewer event streams and downloads at the same time; close some"),
        1);
  }

  private static int seen(@Nullable String last) {
    int number = last == null ? 0 : RequestParameters.whole(last);
    if (number >= 0) {
      return number;
    }
    throw Problems.badRequest("expected the number of an event as Last-Event-ID");
  }
}
