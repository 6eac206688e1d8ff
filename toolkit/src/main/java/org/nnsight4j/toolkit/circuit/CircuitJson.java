package org.nnsight4j.toolkit.circuit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;

/** The JSON of a circuit that MIB and EAP-IG write and read. */
final class CircuitJson {
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final String NODE = "input|a(\\d{1,6})\\.h(\\d{1,6})|m(\\d{1,6})|logits";
  private static final Pattern EDGE =
      Pattern.compile("(" + NODE + ")->(" + NODE + ")(?:<([qkv])>)?");

  private CircuitJson() {}

  static String write(Circuit circuit) {
    if (circuit.hasPositions()) {
      throw new RunException(
          "the JSON of circuits has no positions, and these edges are of single positions; summed()"
              + " adds them up");
    }
    CircuitSizes sizes = circuit.sizes();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode cfg = json.putObject("cfg");
    cfg.put("n_layers", sizes.layers())
        .put("n_heads", sizes.heads())
        .put("parallel_attn_mlp", sizes.parallel())
        .put("d_model", sizes.width());
    if (sizes.grouped()) {
      cfg.put("n_key_value_heads", sizes.keyValueHeads());
    }
    Set<CircuitNode> writing = new HashSet<>();
    circuit.included().forEach(edge -> writing.add(edge.source()));
    ObjectNode nodes = json.putObject("nodes");
    for (CircuitNode node : sizes.writers()) {
      nodes.putObject(node.name()).put("in_graph", writing.contains(node));
    }
    nodes.putObject("logits").put("in_graph", true);
    ObjectNode edges = json.putObject("edges");
    for (CircuitEdge edge : circuit.edges()) {
      for (CircuitEdge each : ofQueryHeads(edge, sizes.group())) {
        ObjectNode one = edges.putObject(each.name());
        if (Double.isNaN(each.score())) {
          one.putNull("score");
        } else {
          one.put("score", each.score());
        }
        one.put("in_graph", each.included());
      }
    }
    return json.toString();
  }

  private static List<CircuitEdge> ofQueryHeads(CircuitEdge edge, int group) {
    CircuitNode target = edge.target();
    if (target.kind() != CircuitNode.Kind.KEY_VALUE_HEAD) {
      return List.of(edge);
    }
    List<CircuitEdge> each = new ArrayList<>();
    for (int i = 0; i < group; i++) {
      each.add(
          new CircuitEdge(
              edge.source(),
              CircuitNode.head(target.layer(), target.head() * group + i),
              edge.input(),
              edge.score() / group,
              edge.included()));
    }
    return each;
  }

  static Circuit read(String text) {
    JsonNode json;
    try {
      json = STRICT.readTree(text);
    } catch (JsonProcessingException e) {
      throw new RunException("expected the JSON of a circuit, found " + e.getOriginalMessage());
    }
    JsonNode cfg = field(json, "cfg", "");
    CircuitSizes sizes =
        new CircuitSizes(
            number(cfg, "n_layers"),
            number(cfg, "n_heads"),
            number(cfg, "n_heads"),
            flag(cfg, "parallel_attn_mlp", "cfg."),
            number(cfg, "d_model"));
    List<CircuitEdge> edges = new ArrayList<>();
    for (Map.Entry<String, JsonNode> each : field(json, "edges", "").properties()) {
      String at = "edges." + each.getKey() + ".";
      JsonNode score = field(each.getValue(), "score", at);
      if (!score.isNumber() && !score.isNull()) {
        throw new RunException("%sscore: expected a number, found %s".formatted(at, score));
      }
      edges.add(
          edge(
              each.getKey(),
              score.isNull() ? Double.NaN : score.asDouble(),
              flag(each.getValue(), "in_graph", at)));
    }
    Circuit circuit = Circuit.of(sizes, edges);
    JsonNode shared = cfg.get("n_key_value_heads");
    return shared == null || shared.isNull()
        ? circuit
        : circuit.grouped(number(cfg, "n_key_value_heads"));
  }

  private static CircuitEdge edge(String name, double score, boolean included) {
    Matcher parts = EDGE.matcher(name);
    if (!parts.matches()) {
      throw new RunException(
          "expected an edge like 'a0.h1->a3.h2<q>' or 'input->m0', found '%s'".formatted(name));
    }
    String input = parts.group(9);
    try {
      return new CircuitEdge(
          node(parts, 1),
          node(parts, 5),
          input == null
              ? Input.WHOLE
              : switch (input) {
                case "q" -> Input.Q;
                case "k" -> Input.K;
                default -> Input.V;
              },
          score,
          included);
    } catch (RunException e) {
      throw new RunException("edge '%s': %s".formatted(name, e.getMessage()));
    }
  }

  /** The node whose groups begin at a number. */
  private static CircuitNode node(Matcher parts, int first) {
    String name = parts.group(first);
    return switch (name.charAt(0)) {
      case 'i' -> CircuitNode.embedding();
      case 'l' -> CircuitNode.logits();
      case 'm' -> CircuitNode.mlp(Integer.parseInt(parts.group(first + 3)));
      default ->
          CircuitNode.head(
              Integer.parseInt(parts.group(first + 1)), Integer.parseInt(parts.group(first + 2)));
    };
  }

  private static JsonNode field(JsonNode json, String name, String at) {
    JsonNode found = json.get(name);
    if (found == null) {
      throw new RunException(
          "expected the JSON of a circuit with the field '%s%s', found %s"
              .formatted(at, name, Shown.start(json.toString(), 80)));
    }
    return found;
  }

  private static int number(JsonNode cfg, String name) {
    JsonNode found = field(cfg, name, "cfg.");
    if (!found.canConvertToInt() || found.asInt() < 1) {
      throw new RunException(
          "cfg.%s: expected a number from 1 on, found %s".formatted(name, found));
    }
    return found.asInt();
  }

  private static boolean flag(JsonNode json, String name, String at) {
    JsonNode found = field(json, name, at);
    if (!found.isBoolean()) {
      throw new RunException("%s%s: expected true or false, found %s".formatted(at, name, found));
    }
    return found.asBoolean();
  }
}
