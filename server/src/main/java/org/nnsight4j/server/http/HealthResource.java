package org.nnsight4j.server.http;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** Whether the server lives and works, and what its interface is. */
@Path("/")
public final class HealthResource {
  private final BooleanSupplier ready;
  private final String openApi;

  HealthResource(BooleanSupplier ready) {
    this.ready = ready;
    try (InputStream in = HealthResource.class.getResourceAsStream("openapi.json")) {
      this.openApi = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("openapi.json is not in the jar", e);
    }
  }

  @GET
  @Path("livez")
  @Produces(MediaType.TEXT_PLAIN)
  public String live() {
    return "ok\n";
  }

  /** 200 if jobs can be accepted. */
  @GET
  @Path("readyz")
  @Produces(MediaType.TEXT_PLAIN)
  public Response ready() {
    return ready.getAsBoolean()
        ? Response.ok("ok\n").build()
        : Response.status(503).entity("the database does not answer\n").build();
  }

  @GET
  @Path("openapi.json")
  @Produces(MediaType.APPLICATION_JSON)
  public String openApi() {
    return openApi;
  }
}
