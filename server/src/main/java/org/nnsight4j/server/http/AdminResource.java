package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
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
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.dispatch.Drain;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.ApiKeys.Key;
import org.nnsight4j.server.store.JobFilter;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.KeyUsage;
import org.nnsight4j.server.store.Quota;

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
      Quota quota,
      KeyUsage.@Nullable Used used,
      @Nullable String key) {
    static KeyView of(Key key, KeyUsage.@Nullable Used used, @Nullable String text) {
      return new KeyView(
          key.id(),
          key.owner(),
          key.label(),
          key.role().name().toLowerCase(Locale.ROOT),
          key.highestPriority().label(),
          key.createdAt().toString(),
          key.expiresAt() == null ? null : key.expiresAt().toString(),
          key.revokedAt() == null ? null : key.revokedAt().toString(),
          key.quota(),
          used,
          text);
    }
  }

  private final KeyRing keys;
  private final JobQueue queue;
  private final JobReads jobs;
  private final Drain drain;
  private final AuditLog audit;
  private final Clock clock;
  private final RequestBody body;

  AdminResource(Ports.Parts parts, Uploads uploads) {
    this.keys = parts.keys();
    this.queue = parts.queue();
    this.jobs = parts.jobs();
    this.drain = parts.drain();
    this.audit = parts.audit();
    this.clock = parts.clock();
    this.body = new RequestBody(JsonBody.LARGEST, uploads);
  }

  @GET
  @Path("keys")
  public Map<String, List<KeyView>> keys() {
    return Map.of(
        "keys",
        keys.list().stream().map(key -> KeyView.of(key, keys.used(key.id()), null)).toList());
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
            wanted.owner(),
            wanted.label(),
            wanted.role(),
            wanted.highestPriority(),
            expires,
            wanted.quota());
    audit.write("key", KeyFilter.caller(request), "id", made.key().id(), "for", made.key().owner());
    return Response.status(Response.Status.CREATED)
        .entity(KeyView.of(made.key(), null, made.text()))
        .build();
  }

  /** Changes what a key may be used for; what is left out has no limit. */
  @PUT
  @Path("keys/{id}/quota")
  public void quota(
      @Context ContainerRequestContext request, @PathParam("id") String id, InputStream in)
      throws IOException {
    Quota quota = body.with(request, in, NewKeyRequest::quota);
    if (!keys.change(id, quota)) {
      throw new ProblemException(
          ProblemKind.NO_SUCH_KEY.with("expected the id of a key that is not revoked"));
    }
    audit.write("quota", KeyFilter.caller(request), "id", id, "quota", quota.toString());
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
}
