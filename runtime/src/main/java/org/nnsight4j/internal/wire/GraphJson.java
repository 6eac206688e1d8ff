package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.json.StrictJson;
import org.nnsight4j.tensor.Tensor;

/**
 * Graphs as JSON (docs/graph-format.md). The numbers of constants are separate, as safetensors; a
 * graph names them.
 */
public final class GraphJson {
  /** The version of the format; another one is refused. */
  public static final int SCHEMA = 2;

  private static final ObjectMapper MAPPER = StrictJson.mapper(32);

  private GraphJson() {}

  /**
   * The graphs of one run, an edit or a session, and their constants.
   *
   * @param json the text that {@link #read} reads
   * @param tensors by the names that the JSON uses
   */
  public record Document(String json, Map<String, Tensor> tensors) {
    public Document {
      tensors = Map.copyOf(tensors);
    }
  }

  /**
   * Writes graphs.
   *
   * @throws SerializationException naming the line of a host call, which cannot be written
   */
  public static Document write(List<Graph> graphs) {
    GraphSize.check(graphs);
    TensorStore tensors = new TensorStore();
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("schema", SCHEMA);
    ArrayNode list = root.putArray("graphs");
    graphs.forEach(graph -> list.add(write(graph, tensors)));
    return new Document(text(root), tensors.tensors());
  }

  private static String text(ObjectNode root) {
    try {
      return MAPPER.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new SerializationException("the graph cannot be written as JSON: " + e.getMessage(), e);
    }
  }

  private static ObjectNode write(Graph graph, TensorStore tensors) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("architecture", graph.architecture()).put("edits", graph.edits());
    ArrayNode prompts = json.putArray("prompts");
    graph.prompts().forEach(prompt -> prompts.add(write(prompt)));
    ArrayNode blocks = json.putArray("blocks");
    graph.blocks().forEach(block -> blocks.add(write(block)));
    ArrayNode nodes = json.putArray("nodes");
    NodeWriter writer = new NodeWriter(tensors);
    graph.nodes().forEach(node -> nodes.add(writer.write(node)));
    return json;
  }

  private static ObjectNode write(Prompt prompt) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (prompt instanceof Prompt.Texts texts) {
      ArrayNode rows = json.put("kind", "texts").putArray("rows");
      texts.texts().forEach(rows::add);
    } else if (prompt instanceof Prompt.Pairs pairs) {
      ArrayNode rows = json.put("kind", "pairs").putArray("rows");
      pairs.pairs().forEach(pair -> rows.addArray().add(pair.first()).add(pair.second()));
    } else if (prompt instanceof Prompt.Ids ids) {
      ArrayNode rows = json.put("kind", "ids").putArray("rows");
      for (long[] row : ids.ids()) {
        ArrayNode tokens = rows.addArray();
        for (long token : row) {
          tokens.add(token);
        }
      }
    } else {
      json.put("kind", prompt instanceof Prompt.Whole ? "whole" : "open");
    }
    return json;
  }

  private static ObjectNode write(ControlBlock block) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("begin", block.begin()).put("end", block.end());
    if (block instanceof ControlBlock.Steps steps) {
      json.put("kind", "steps").put("from", steps.from()).put("to", steps.to());
    } else if (block instanceof ControlBlock.Branch branch) {
      json.put("kind", "branch").put("condition", branch.condition());
      json.put("expected", branch.expected());
    }
    json.set("line", NodeWriter.line(block.line()));
    return json;
  }

  /**
   * Reads graphs; runs and loads nothing.
   *
   * @throws SerializationException if the text is not a graph of this version, naming what is wrong
   */
  public static List<Graph> read(Document document) {
    TensorStore tensors = new TensorStore(document.tensors());
    Fields root = Fields.of("graph", parsed(document.json()));
    int schema = root.integer("schema");
    if (schema != SCHEMA) {
      throw new SerializationException(
          "the graph has the schema version %s, this version of nnsight4j reads %s"
              .formatted(schema, SCHEMA));
    }
    List<Graph> graphs = root.list("graphs", (where, json) -> graph(where, json, tensors));
    root.finish();
    if (graphs.isEmpty()) {
      throw new SerializationException("graph: expected at least one graph, found none");
    }
    GraphSize.check(graphs);
    for (int i = 0; i < graphs.size(); i++) {
      new Structure("graph.graphs[%s]".formatted(i), graphs.get(i)).check();
    }
    return graphs;
  }

  private static JsonNode parsed(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new SerializationException(
          "expected a graph, found text that is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Graph graph(String where, JsonNode json, TensorStore tensors) {
    Fields f = Fields.of(where, json);
    NodeReader reader = new NodeReader(tensors);
    List<Node> nodes = new ArrayList<>();
    Graph graph =
        new Graph(
            f.text("architecture"),
            f.list("prompts", GraphJson::prompt),
            f.list(
                "nodes",
                (place, node) -> {
                  nodes.add(reader.read(nodes.size(), place, node));
                  return nodes.get(nodes.size() - 1);
                }),
            f.list("blocks", GraphJson::block),
            f.integer("edits", 0));
    f.finish();
    return graph;
  }

  private static Prompt prompt(String where, JsonNode json) {
    Fields f = Fields.of(where, json);
    String kind = f.text("kind");
    Prompt prompt =
        switch (kind) {
          case "texts" -> new Prompt.Texts(f.list("rows", Fields::text));
          case "pairs" -> new Prompt.Pairs(f.list("rows", GraphJson::pair));
          case "ids" -> new Prompt.Ids(f.list("rows", GraphJson::tokens));
          case "whole" -> new Prompt.Whole();
          case "open" -> new Prompt.Open();
          default ->
              throw new SerializationException(
                  "%s: this version of nnsight4j does not know prompts of the kind '%s'"
                      .formatted(where, kind));
        };
    f.finish();
    return prompt;
  }

  private static Prompt.Pairs.Pair pair(String where, JsonNode json) {
    List<String> both = Fields.elements(where, json, Fields::text);
    if (both.size() != 2) {
      throw new SerializationException(
          "%s: expected a pair of texts, found %s".formatted(where, both.size()));
    }
    return new Prompt.Pairs.Pair(both.get(0), both.get(1));
  }

  private static long[] tokens(String where, JsonNode json) {
    return Fields.elements(where, json, Fields::whole).stream()
        .mapToLong(Long::longValue)
        .toArray();
  }

  private static ControlBlock block(String where, JsonNode json) {
    Fields f = Fields.of(where, json);
    String kind = f.text("kind");
    int begin = f.integer("begin", 0);
    int end = f.integer("end", begin);
    ControlBlock block =
        switch (kind) {
          case "steps" ->
              new ControlBlock.Steps(
                  begin, end, f.integer("from", 0), f.integer("to", 1), f.line());
          case "branch" ->
              new ControlBlock.Branch(
                  begin, end, f.integer("condition", 0), f.flag("expected"), f.line());
          default ->
              throw new SerializationException(
                  "%s: this version of nnsight4j does not know blocks of the kind '%s'"
                      .formatted(where, kind));
        };
    f.finish();
    return block;
  }
}
