package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.json.StrictJson;
import org.nnsight4j.server.execute.TextRequests.Form;
import org.nnsight4j.server.problem.Problems;

/** Chats, texts and embeddings, as clients of OpenAI's API ask for them. */
@Path("/v1")
@Produces({MediaType.APPLICATION_JSON, MediaType.SERVER_SENT_EVENTS, "application/problem+json"})
public final class TextsResource {
  private static final Set<String> PATHS =
      Set.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings");

  private static final ObjectMapper MAPPER =
      StrictJson.mapper(
          StrictJson.factory(
              StreamReadConstraints.builder()
                  .maxNestingDepth(16)
                  .maxStringLength(1 << 24)
                  .maxNameLength(300)
                  .maxNumberLength(64)
                  .build()));

  private final TextJobs jobs;
  private final RequestBody body;

  TextsResource(TextJobs jobs, RequestBody body) {
    this.jobs = jobs;
    this.body = body;
  }

  /** Whether errors at a path have the form of OpenAI's. */
  static boolean isOne(String path) {
    return PATHS.contains(path);
  }

  /** The answer of an assistant to a chat. */
  @POST
  @Path("chat/completions")
  public void chat(
      @Context ContainerRequestContext request,
      @HeaderParam("Idempotency-Key") @Nullable String key,
      InputStream in,
      @Suspended AsyncResponse response)
      throws IOException {
    ask(request, Form.CHAT, key, in, response);
  }

  /** How a text goes on. */
  @POST
  @Path("completions")
  public void complete(
      @Context ContainerRequestContext request,
      @HeaderParam("Idempotency-Key") @Nullable String key,
      InputStream in,
      @Suspended AsyncResponse response)
      throws IOException {
    ask(request, Form.COMPLETION, key, in, response);
  }

  /** A vector for each text. */
  @POST
  @Path("embeddings")
  public void embed(
      @Context ContainerRequestContext request,
      @HeaderParam("Idempotency-Key") @Nullable String key,
      InputStream in,
      @Suspended AsyncResponse response)
      throws IOException {
    ask(request, Form.EMBEDDING, key, in, response);
  }

  private void ask(
      ContainerRequestContext request,
      Form form,
      @Nullable String key,
      InputStream in,
      AsyncResponse response)
      throws IOException {
    RequestParameters.of(request.getUriInfo());
    String idempotencyKey = RequestParameters.idempotencyKey(key);
    boolean unused =
        body.with(
            request,
            in,
            bytes -> {
              JsonNode json = parse(bytes);
              jobs.ask(request, form, json, bytes, idempotencyKey, response);
              return true;
            });
  }

  private static JsonNode parse(byte[] bytes) {
    try {
      JsonNode json = MAPPER.readTree(bytes);
      if (json != null && json.isObject()) {
        return json;
      }
    } catch (IOException e) {
      // Said below: what it is instead does not matter.
    }
    throw Problems.badRequest(
        "expected a JSON object as OpenAI's API has it, found something else");
  }
}
