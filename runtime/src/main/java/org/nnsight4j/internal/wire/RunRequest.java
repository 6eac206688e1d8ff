package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.json.StrictJson;
import org.nnsight4j.internal.request.RequestedRun;

/**
 * One run, or the runs of a session, as sent to a server: a safetensors file of the constants, with
 * graphs and how to run them in the metadata.
 *
 * @param runs in order; later runs can use values of earlier ones
 * @param model the model that the client recorded for
 */
public record RunRequest(List<RequestedRun> runs, ModelIdentity model) {
  private static final String GRAPH = "nnsight4j.graph";
  private static final String RUN = "nnsight4j.run";
  private static final Path NAME = Path.of("(request)");

  /** Each JSON value takes a few hundred bytes once it is read. */
  private static final int MOST_TOKENS = 2_000_000;

  private static final int DEEPEST = 32;
  private static final Set<String> FIELDS = Set.of("runs", "model");

  private static final JsonFactory FACTORY =
      StrictJson.factory(
          StreamReadConstraints.builder()
              .maxNestingDepth(DEEPEST)
              .maxNameLength(300)
              .maxStringLength(1 << 20)
              .maxNumberLength(64)
              .build());

  private static final ObjectMapper MAPPER = StrictJson.mapper(FACTORY);

  public RunRequest {
    runs = List.copyOf(runs);
  }

  /** The graphs of the runs, in order. */
  public List<Graph> graphs() {
    return runs.stream().map(RequestedRun::graph).toList();
  }

  /**
   * The bytes to send.
   *
   * @throws SerializationException naming the line of a host call, which cannot be sent
   */
  public byte[] toBytes() {
    GraphJson.Document document = GraphJson.write(graphs());
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("runs", RunsJson.write(runs));
    json.set("model", model.json());
    return Safetensors.toBytes(document.tensors(), Map.of(GRAPH, document.json(), RUN, text(json)));
  }

  private static String text(ObjectNode json) {
    try {
      return MAPPER.writeValueAsString(json);
    } catch (IOException e) {
      throw new SerializationException("the run cannot be written as JSON: " + shown(e), e);
    }
  }

  /**
   * Reads what {@link #toBytes} returns; trusts nothing in it.
   *
   * @throws org.nnsight4j.error.Nnsight4jException if it is something else, or of another version
   */
  public static RunRequest read(byte[] bytes) {
    Map<String, String> metadata = SafetensorsHeader.parse(NAME, bytes).metadata();
    String graph = metadata.get(GRAPH);
    String run = metadata.get(RUN);
    if (graph == null || run == null) {
      throw new SerializationException(
          "the request: expected '%s' and '%s' in its metadata, found %s"
              .formatted(GRAPH, RUN, metadata.keySet()));
    }
    checkSize(graph);
    JsonNode json = parse(run);
    RunsJson.fields("the request", json, FIELDS);
    ModelIdentity model = ModelIdentity.of(json.get("model"));
    if (model.schema() != GraphJson.SCHEMA) {
      throw new SerializationException(
          "the request: expected version %s of the graph format, found %s; use the same version of client and server"
              .formatted(GraphJson.SCHEMA, model.schema()));
    }
    List<Graph> graphs = GraphJson.read(new GraphJson.Document(graph, Safetensors.read(bytes)));
    RunRequest request = new RunRequest(RunsJson.read(json.get("runs"), graphs), model);
    new SessionStructure(request.runs()).check();
    return request;
  }

  private static JsonNode parse(String run) {
    checkSize(run);
    try {
      return MAPPER.readTree(run);
    } catch (IOException e) {
      throw new SerializationException("the run is not JSON as it should be: " + shown(e), e);
    }
  }

  /** Counts tokens before anything is built. */
  private static void checkSize(String json) {
    int tokens = 0;
    try (JsonParser parser = FACTORY.createParser(json)) {
      while (parser.nextToken() != null) {
        if (++tokens > MOST_TOKENS) {
          throw new SerializationException(
              "the request: expected at most %s JSON tokens, found more".formatted(MOST_TOKENS));
        }
      }
    } catch (IOException e) {
      throw new SerializationException("the request is not JSON as it should be: " + shown(e), e);
    }
  }

  private static String shown(IOException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
