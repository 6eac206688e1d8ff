package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.dispatch.Dispatcher;
import org.nnsight4j.server.dispatch.Drain;
import org.nnsight4j.server.dispatch.LoadedModels;
import org.nnsight4j.server.dispatch.ModelStatus;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobReads;

/** The models of this process, for admins, who load, unload, scale, pause and drain them. */
@Path("/admin/models")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public final class AdminModelsResource {
  private static final Set<String> KNOWN = Set.of("folder", "kind", "workers", "device", "dtype");
  private static final int MOST_WORKERS = 64;

  /**
   * A model with its queue.
   *
   * @param drained whether it accepts no jobs
   * @param waiting its jobs that wait for a worker, at all servers
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ModelView(@JsonUnwrapped ModelStatus status, boolean drained, long waiting) {}

  private final LoadedModels models;
  private final Dispatcher dispatcher;
  private final Drain drain;
  private final JobReads jobs;
  private final AuditLog audit;
  private final RequestBody body;

  AdminModelsResource(
      LoadedModels models,
      Dispatcher dispatcher,
      Drain drain,
      JobReads jobs,
      AuditLog audit,
      Uploads uploads) {
    this.models = models;
    this.dispatcher = dispatcher;
    this.drain = drain;
    this.jobs = jobs;
    this.audit = audit;
    this.body = new RequestBody(JsonBody.LARGEST, uploads);
  }

  @GET
  public Map<String, List<ModelView>> list(@Context ContainerRequestContext request) {
    RequestParameters.of(request.getUriInfo());
    return Map.of("models", models.list().stream().map(this::view).toList());
  }

  @GET
  @Path("{name}")
  public ModelView get(@Context ContainerRequestContext request, @PathParam("name") String name) {
    RequestParameters.of(request.getUriInfo());
    return view(models.get(name));
  }

  private ModelView view(ModelStatus status) {
    long waiting =
        jobs.unfinished().stream()
            .filter(count -> count.model().equals(status.name()))
            .filter(count -> count.state() != JobState.RUNNING)
            .mapToLong(JobReads.Count::jobs)
            .sum();
    return new ModelView(status, drain.isDrained(status.name()), waiting);
  }

  /** Loads a model from a folder of the model store. */
  @PUT
  @Path("{name}")
  public Response load(
      @Context ContainerRequestContext request, @PathParam("name") String name, InputStream in)
      throws IOException {
    RequestParameters.of(request.getUriInfo());
    JsonBody wanted =
        body.with(request, in, bytes -> JsonBody.parse(bytes, "the folder of the model", KNOWN));
    long workers = Objects.requireNonNullElse(wanted.number("workers", 1, MOST_WORKERS), 1L);
    String folder = wanted.text("folder", null);
    ModelStatus status =
        models.load(
            name, wanted.text("kind", GraphKind.NAME), folder, (int) workers, settings(wanted));
    audit.write("load", KeyFilter.caller(request), "model", name, "folder", folder);
    drain.model(name, false);
    return Response.status(Response.Status.CREATED).entity(view(status)).build();
  }

  private static String settings(JsonBody wanted) {
    String device = wanted.text("device", "cpu");
    String type = wanted.text("dtype", "float32");
    if (!type.matches("float32|bfloat16")) {
      throw wanted.wrong("dtype", "float32 or bfloat16");
    } else if (!device.matches("[a-z]+(:[0-9]{1,3})?")) {
      throw wanted.wrong("device", "cpu, cuda or cuda:1");
    }
    boolean usual = type.equals("float32") && device.equals("cpu");
    return usual ? "" : "dtype=%s,device=%s".formatted(type, device);
  }

  /**
   * Takes a model away; its running jobs end first, unless {@code now} returns them to the queue.
   */
  @DELETE
  @Path("{name}")
  public Response unload(@Context ContainerRequestContext request, @PathParam("name") String name) {
    RequestParameters parameters = RequestParameters.of(request.getUriInfo(), "now");
    boolean now = parameters.flag("now");
    ModelView view = view(models.unload(name, now));
    audit.write("unload", KeyFilter.caller(request), "model", name, "now", now);
    return Response.accepted(view).build();
  }

  /** Changes the number of workers. */
  @POST
  @Path("{name}/scale")
  public ModelView scale(@Context ContainerRequestContext request, @PathParam("name") String name) {
    RequestParameters parameters = RequestParameters.of(request.getUriInfo(), "workers");
    parameters.required("workers");
    int workers = parameters.number("workers", 1, 1, MOST_WORKERS);
    ModelView view = view(models.scale(name, workers));
    audit.write("scale", KeyFilter.caller(request), "model", name, "workers", workers);
    return view;
  }

  /**
   * Stops or starts running jobs of a model in this process (pause, resume), or accepting them
   * (drain, resume).
   */
  @POST
  @Path("{name}/{action}")
  public void pause(
      @Context ContainerRequestContext request,
      @PathParam("name") String name,
      @PathParam("action") String action) {
    if (!Set.of("pause", "drain", "resume").contains(action)) {
      throw Problems.badRequest("expected pause, drain, resume or scale");
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
