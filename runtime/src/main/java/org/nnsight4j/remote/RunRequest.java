package org.nnsight4j.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
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
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.wire.GraphJson;

/**
 * One run as it is sent: a safetensors file of the graph's constants, with the graph and how to run
 * it in the metadata.
 *
 * @param generates whether tokens are generated, or there is one forward pass
 * @param wholePass of a forward pass: whether it goes on after the last site that is needed
 * @param model what the client recorded for
 */
public record RunRequest(
    Graph graph,
    boolean generates,
    GenerateOptions options,
    boolean wholePass,
    ModelIdentity model) {
  private static final String GRAPH = "nnsight4j.graph";
  private static final String RUN = "nnsight4j.run";
  private static final Path NAME = Path.of("(request)");

  /** Each JSON value costs some hundred bytes once it is read. */
  private static final int MOST_TOKENS = 2_000_000;

  private static final int DEEPEST = 32;
  private static final Set<String> FIELDS = Set.of("kind", "options", "wholePass", "model");

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNameLength(300)
                  .maxStringLength(1 << 20)
                  .maxNumberLength(64)
                  .build())
          .build();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * The bytes to send.
   *
   * @throws SerializationException naming the line of a host call, which cannot be sent
   */
  public byte[] toBytes() {
    GraphJson.Document document = GraphJson.write(List.of(graph));
    ObjectNode run = JsonNodeFactory.instance.objectNode();
    run.put("kind", generates ? "generate" : "trace").put("wholePass", wholePass);
    run.set("options", OptionsJson.write(options));
    run.set("model", model.json());
    return Safetensors.toBytes(
        document.tensors(), Map.of(GRAPH, document.json(), RUN, run.toString()));
  }

  /**
   * Reads what {@link #toBytes} gives; trusts nothing in it.
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
    for (String field : FIELDS) {
      if (!json.has(field)) {
        throw new SerializationException("the run: the field '%s' is missing".formatted(field));
      }
    }
    if (json.size() != FIELDS.size()) {
      throw new SerializationException(
          "the run: this version of nnsight4j knows the fields %s, found others".formatted(FIELDS));
    }
    ModelIdentity model = ModelIdentity.of(json.get("model"));
    if (model.schema() != GraphJson.SCHEMA) {
      throw new SerializationException(
          "the request: expected version %d of the graph format, found %d; use the same version of client and server"
              .formatted(GraphJson.SCHEMA, model.schema()));
    }
    List<Graph> graphs = GraphJson.read(new GraphJson.Document(graph, Safetensors.read(bytes)));
    if (graphs.size() != 1) {
      throw new SerializationException(
          "the request: expected one graph, found %d".formatted(graphs.size()));
    }
    return new RunRequest(
        graphs.get(0),
        generates(json.get("kind")),
        OptionsJson.read(json.get("options")),
        wholePass(json.get("wholePass")),
        model);
  }

  private static boolean generates(JsonNode kind) {
    return switch (kind.asText()) {
      case "generate" -> true;
      case "trace" -> false;
      default ->
          throw new SerializationException(
              "the run: 'kind' must be one of generate, trace, found another");
    };
  }

  private static boolean wholePass(JsonNode value) {
    if (!value.isBoolean()) {
      throw new SerializationException("the run: 'wholePass' must be true or false");
    }
    return value.booleanValue();
  }

  private static JsonNode parse(String run) {
    checkSize(run);
    try {
      return MAPPER.readTree(run);
    } catch (IOException e) {
      throw new SerializationException("the run is not JSON as it should be: " + shown(e), e);
    }
  }

  /** Counts before anything is built. */
  private static void checkSize(String json) {
    int tokens = 0;
    try (JsonParser parser = FACTORY.createParser(json)) {
      while (parser.nextToken() != null) {
        if (++tokens > MOST_TOKENS) {
          throw new SerializationException(
              "the request: expected at most %d JSON tokens, found more".formatted(MOST_TOKENS));
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
