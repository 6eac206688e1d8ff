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
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.ApiKeys.Key;
import org.nnsight4j.server.store.JobReads;

/** Keys, queues and models, for admins, on the port of its own. */
@Path("/admin")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public final class AdminResource {
  /** A key without its secret, or with it when it is new. */
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
  private final JobReads jobs;
  private final Dispatcher dispatcher;
  private final AuditLog audit;
  private final Clock clock;
  private final RequestBody body = new RequestBody(NewKeyRequest.LARGEST, 1 << 20);

  AdminResource(KeyRing keys, JobReads jobs, Dispatcher dispatcher, AuditLog audit, Clock clock) {
    this.keys = keys;
    this.jobs = jobs;
    this.dispatcher = dispatcher;
    this.audit = audit;
    this.clock = clock;
  }

  @GET
  @Path("keys")
  public Map<String, List<KeyView>> keys() {
    return Map.of("keys", keys.list().stream().map(key -> KeyView.of(key, null)).toList());
  }

  /** Makes a key; the answer has its secret, which is shown this once. */
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

  @DELETE
  @Path("keys/{id}")
  public void revoke(@Context ContainerRequestContext request, @PathParam("id") String id) {
    if (!keys.revoke(id)) {
      throw new ProblemException(
          Problem.of(
              "no-such-key", 404, "No such key", "expected the id of a key that is not revoked"));
    }
    audit.write("revoke", KeyFilter.caller(request), "id", id);
  }

  /** Unfinished jobs by model and state. */
  @GET
  @Path("queue")
  public Map<String, List<JobReads.Count>> queue() {
    return Map.of("unfinished", jobs.unfinished());
  }

  /** Stops or begins to take jobs of a model in this process. */
  @POST
  @Path("models/{name}/{action}")
  public void pause(
      @Context ContainerRequestContext request,
      @PathParam("name") String name,
      @PathParam("action") String action) {
    if (!action.equals("pause") && !action.equals("resume")) {
      throw Problems.badRequest("expected pause or resume");
    }
    if (!dispatcher.pause(name, action.equals("pause"))) {
      throw new ProblemException(
          Problem.of(
              "no-such-model", 404, "No such model", "expected a model that this process runs"));
    }
    audit.write(action, KeyFilter.caller(request), "model", name);
  }
}
