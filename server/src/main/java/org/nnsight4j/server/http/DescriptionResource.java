package org.nnsight4j.server.http;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The description of the interface. */
@Path("/")
public final class DescriptionResource {
  private final String openApi;

  DescriptionResource() {
    try (InputStream in = DescriptionResource.class.getResourceAsStream("openapi.json")) {
      this.openApi = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("openapi.json is not in the jar", e);
    }
  }

  @GET
  @Path("openapi.json")
  @Produces(MediaType.APPLICATION_JSON)
  public String openApi() {
    return openApi;
  }
}
