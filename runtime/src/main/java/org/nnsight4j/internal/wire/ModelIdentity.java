package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.tensor.DType;

/**
 * What client and server must agree on, so that a graph means the same on both sides.
 *
 * @param schema the version of the graph format
 * @param sizes widths, counts, vocabulary and positions, by name
 * @param dtype in which everything is computed
 * @param tree the SHA-256 of all modules, sites and parameters with their shapes
 */
public record ModelIdentity(
    int schema, String architecture, Map<String, Integer> sizes, DType dtype, String tree) {
  public ModelIdentity {
    sizes = Map.copyOf(sizes);
  }

  /** Of a model that computes in FLOAT32. */
  public ModelIdentity(int schema, String architecture, Map<String, Integer> sizes, String tree) {
    this(schema, architecture, sizes, DType.FLOAT32, tree);
  }

  public static ModelIdentity of(Blueprint blueprint) {
    Map<String, Integer> sizes = new TreeMap<>(blueprint.widths());
    sizes.putAll(blueprint.counts());
    sizes.put("vocabulary", blueprint.vocabularySize());
    sizes.put("positions", blueprint.maxPositions());
    return new ModelIdentity(
        GraphJson.SCHEMA, blueprint.architecture(), sizes, dtype(blueprint), tree(blueprint));
  }

  private static DType dtype(Blueprint blueprint) {
    return blueprint.sites().stream()
        .map(site -> site.meta().dtype())
        .filter(DType::isFloating)
        .findFirst()
        .orElse(DType.FLOAT32);
  }

  private static String tree(Blueprint blueprint) {
    Sha256 digest = new Sha256();
    blueprint.modules().values().forEach(module -> add(digest, module.toString()));
    blueprint.sites().forEach(site -> add(digest, site.key() + " " + site.meta()));
    blueprint
        .parameters()
        .forEach((name, shape) -> add(digest, name + " " + Arrays.toString(shape)));
    return digest.hex();
  }

  private static void add(Sha256 digest, String line) {
    digest.add(line + "\n");
  }

  /** In what the server's model differs from this one, in words; empty if in nothing. */
  public List<String> differences(ModelIdentity server) {
    List<String> different = new ArrayList<>();
    compare(different, "graph format", schema, server.schema);
    compare(different, "architecture", architecture, server.architecture);
    compare(different, "dtype to compute in", dtype, server.dtype);
    TreeMap<String, Integer> all = new TreeMap<>(sizes);
    all.putAll(server.sizes);
    for (String name : all.keySet()) {
      compare(different, name, sizes.getOrDefault(name, 0), server.sizes.getOrDefault(name, 0));
    }
    if (different.isEmpty() && !tree.equals(server.tree)) {
      different.add(
          "module tree: here %s, server %s; the sizes are equal, so client and server have other versions of this family"
              .formatted(tree.substring(0, 12), server.tree.substring(0, 12)));
    }
    return different;
  }

  private static void compare(List<String> different, String what, Object here, Object there) {
    if (!here.equals(there)) {
      different.add("%s: here %s, server %s".formatted(what, here, there));
    }
  }

  /** As JSON, for the description of a model and for requests. */
  public String toJson() {
    return json().toString();
  }

  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("schema", schema).put("architecture", architecture).put("tree", tree);
    if (dtype != DType.FLOAT32) {
      json.put("dtype", dtype.name());
    }
    ObjectNode numbers = json.putObject("sizes");
    new TreeMap<>(sizes).forEach(numbers::put);
    return json;
  }

  /**
   * The identity in a server's description of a model.
   *
   * @throws SerializationException if it has none: its kind does not run graphs
   */
  public static ModelIdentity ofDescription(String description) {
    try {
      return of(new ObjectMapper().readTree(description).path("identity"));
    } catch (JsonProcessingException e) {
      throw new SerializationException(
          "the description of the model is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  static ModelIdentity of(JsonNode json) {
    Map<String, Integer> sizes = new TreeMap<>();
    json.path("sizes")
        .properties()
        .forEach(entry -> sizes.put(entry.getKey(), entry.getValue().asInt()));
    String tree = json.path("tree").asText();
    DType dtype =
        Stream.of(DType.values())
            .filter(type -> type.name().equals(json.path("dtype").asText(DType.FLOAT32.name())))
            .findFirst()
            .orElse(DType.FLOAT32);
    if (!json.path("schema").isInt()
        || !json.path("architecture").isTextual()
        || !tree.matches("[0-9a-f]{64}")) {
      throw new SerializationException(
          "the identity of the model: expected schema, architecture, sizes and tree, found "
              + json.toString().substring(0, Math.min(200, json.toString().length())));
    }
    return new ModelIdentity(
        json.path("schema").intValue(), json.path("architecture").textValue(), sizes, dtype, tree);
  }
}
