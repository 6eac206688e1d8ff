package org.nnsight4j.server.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.nnsight4j.server.dispatch.ModelCatalog;
import org.nnsight4j.server.store.ModelRegistry;

/** The models that jobs can be sent to. */
@Path("/v1/models")
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public final class ModelsResource {
  /** A model as users see it, and, by the last four, as clients of OpenAI's API do. */
  record ModelView(
      String name,
      String kind,
      int workers,
      String digest,
      @JsonRawValue String description,
      String id,
      String object,
      long created,
      @JsonProperty("owned_by") String ownedBy) {
    static ModelView of(ModelRegistry.Entry model) {
      return new ModelView(
          model.name(),
          model.kind(),
          model.workers(),
          model.digest(),
          model.description(),
          model.name(),
          MODEL,
          0,
          OWNER);
    }
  }

  /** A model as OpenAI's API lists it. */
  record ListedModel(
      String id, String object, long created, @JsonProperty("owned_by") String ownedBy) {
    static ListedModel of(ModelRegistry.Entry model) {
      return new ListedModel(model.name(), MODEL, 0, OWNER);
    }
  }

  /** All models, in both forms. */
  record ModelList(String object, List<ListedModel> data, List<ModelView> models) {}

  private static final String MODEL = "model";
  private static final String OWNER = "nnsight4j";

  private final ModelCatalog models;

  ModelsResource(ModelCatalog models) {
    this.models = models;
  }

  @GET
  public ModelList list(@Context ContainerRequestContext request) {
    RequestParameters.of(request.getUriInfo());
    return new ModelList(
        "list",
        models.list().stream().map(ListedModel::of).toList(),
        models.list().stream().map(ModelView::of).toList());
  }

  @GET
  @Path("{name}")
  public ModelView get(@Context ContainerRequestContext request, @PathParam("name") String name) {
    RequestParameters.of(request.getUriInfo());
    return ModelView.of(models.get(name));
  }
}
