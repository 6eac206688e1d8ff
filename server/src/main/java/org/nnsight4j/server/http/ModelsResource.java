package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonRawValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.nnsight4j.server.dispatch.ModelCatalog;
import org.nnsight4j.server.store.ModelRegistry;

/** The models that jobs can be sent to. */
@Path("/v1/models")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public final class ModelsResource {
  /** A model as users see it. */
  record ModelView(
      String name, String kind, int workers, String digest, @JsonRawValue String description) {
    static ModelView of(ModelRegistry.Entry model) {
      return new ModelView(
          model.name(), model.kind(), model.workers(), model.digest(), model.description());
    }
  }

  private final ModelCatalog models;

  ModelsResource(ModelCatalog models) {
    this.models = models;
  }

  @GET
  public Map<String, List<ModelView>> list(@Context ContainerRequestContext request) {
    RequestParameters.of(request.getUriInfo());
    return Map.of("models", models.list().stream().map(ModelView::of).toList());
  }

  @GET
  @Path("{name}")
  public ModelView get(@Context ContainerRequestContext request, @PathParam("name") String name) {
    RequestParameters.of(request.getUriInfo());
    return ModelView.of(models.get(name));
  }
}
