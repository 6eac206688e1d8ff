package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.dispatch.Drain;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.ApiKeys.Key;
import org.nnsight4j.server.store.JobFilter;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** Keys, queues and models, for admins, on a port of its own. */
@Path("/admin")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public final class AdminResource {
  /** A key without its secret, or with it if it is new. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record KeyView(
      String id,
      String owner,
      String label,
      String role,
      String highestPriority,
      String createdAt,
      @Nullable String expiresAt,
      @Nullable String revokedAt,
      @Nullable String key) {
    static KeyView of(Key key, @Nullable String text) {
      return new KeyView(
          key.id(),
          key.owner(),
          key.label(),
          key.role().name().toLowerCase(Locale.ROOT),
          key.highestPriority().label(),
          key.createdAt().toString(),
          key.expiresAt() == null ? null : key.expiresAt().toString(),
          key.revokedAt() == null ? null : key.revokedAt().toString(),
          text);
    }
  }

  private final KeyRing keys;
  private final JobQueue queue;
  private final JobReads jobs;
  private final Dispatcher dispatcher;
  private final Drain drain;
  private final AuditLog audit;
  private final Clock clock;
  private final RequestBody body;

  AdminResource(Ports.Parts parts, Uploads uploads) {
    this.keys = parts.keys();
    this.queue = parts.queue();
    this.jobs = parts.jobs();
    this.dispatcher = parts.dispatcher();
    this.drain = parts.drain();
    this.audit = parts.audit();
    this.clock = parts.clock();
    this.body = new RequestBody(NewKeyRequest.LARGEST, uploads);
  }

  @GET
  @Path("keys")
  public Map<String, List<KeyView>> keys() {
    return Map.of("keys", keys.list().stream().map(key -> KeyView.of(key, null)).toList());
  }

  /** Makes a key; only this answer shows its secret. */
  @POST
  @Path("keys")
  public Response create(@Context ContainerRequestContext request, InputStream in)
      throws IOException {
    NewKeyRequest wanted = body.with(request, in, NewKeyRequest::parse);
    Instant expires =
        wanted.days() == 0 ? null : clock.instant().plus(Duration.ofDays(wanted.days()));
    KeyRing.NewKey made =
        keys.create(
            wanted.owner(), wanted.label(), wanted.role(), wanted.highestPriority(), expires);
    audit.write("key", KeyFilter.caller(request), "id", made.key().id(), "for", made.key().owner());
    return Response.status(Response.Status.CREATED)
        .entity(KeyView.of(made.key(), made.text()))
        .build();
  }

  /** Revokes a key, and ends the jobs that it has sent. */
  @DELETE
  @Path("keys/{id}")
  public void revoke(@Context ContainerRequestContext request, @PathParam("id") String id) {
    if (!keys.revoke(id)) {
      throw new ProblemException(
          ProblemKind.NO_SUCH_KEY.with("expected the id of a key that is not revoked"));
    }
    int cancelled = queue.cancelAll(new JobFilter(null, null, id, null, false));
    audit.write("revoke", KeyFilter.caller(request), "id", id, "cancelled", cancelled);
  }

  /** Unfinished jobs by model and state. */
  @GET
  @Path("queue")
  public Map<String, List<JobReads.Count>> queue() {
    return Map.of("unfinished", jobs.unfinished());
  }

  /**
   * Accepts no more jobs in this process, and runs the existing ones to their end; {@code /readyz}
   * says so, so that other servers get the requests.
   */
  @POST
  @Path("drain")
  public void drain(@Context ContainerRequestContext request) {
    drain.all(true);
    audit.write("drain", KeyFilter.caller(request));
  }

  /** Accepts jobs again. */
  @POST
  @Path("resume")
  public void resume(@Context ContainerRequestContext request) {
    drain.all(false);
    audit.write("resume", KeyFilter.caller(request));
  }

  /**
   * Stops or starts running jobs of a model in this process (pause, resume), or accepting them
   * (drain, resume).
   */
  @POST
  @Path("models/{name}/{action}")
  public void pause(
      @Context ContainerRequestContext request,
      @PathParam("name") String name,
      @PathParam("action") String action) {
    if (!Set.of("pause", "drain", "resume").contains(action)) {
      throw Problems.badRequest("expected pause, drain or resume");
    }
    if (!dispatcher.has(name)) {
      throw new ProblemException(
          ProblemKind.NO_SUCH_MODEL.with("expected a model that this process runs"));
    }
    if (!action.equals("drain")) {
      dispatcher.pause(name, action.equals("pause"));
    }
    if (!action.equals("pause")) {
      drain.model(name, action.equals("drain"));
    }
    audit.write(action, KeyFilter.caller(request), "model", name);
  }
}
