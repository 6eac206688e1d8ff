package org.nnsight4j.server.graph;

import static org.nnsight4j.Options.doSample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * Requests as the client makes them, with a few changes in their JSON: most arbitrary bytes are
 * wrong in the first hundred, and never reach the reader of graphs.
 */
final class MutatedRequests {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int MOST_CHANGES = 4;

  /** What numbers and texts are replaced by. */
  private static final List<JsonNode> OTHERS =
      List.of(
          JSON.nullNode(),
          JSON.booleanNode(true),
          JSON.numberNode(-1),
          JSON.numberNode(0),
          JSON.numberNode(1),
          JSON.numberNode(7),
          JSON.numberNode(Integer.MAX_VALUE),
          JSON.numberNode(Integer.MIN_VALUE),
          JSON.numberNode(Long.MAX_VALUE),
          JSON.numberNode(Long.MIN_VALUE),
          JSON.numberNode(0.5),
          JSON.numberNode(1e308),
          JSON.textNode(""),
          JSON.textNode("NaN"),
          JSON.textNode("-1"),
          JSON.textNode("transformer.h.1"),
          JSON.textNode("\u0000\ud800 {}[]"),
          JSON.arrayNode(),
          JSON.objectNode());

  private record Request(Map<String, JsonNode> json, Map<String, Tensor> tensors) {}

  private final List<Request> requests = new ArrayList<>();

  MutatedRequests() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      for (Consumer<Generator<Gpt2>> body : bodies()) {
        add(gpt2.request(TraceOptions.defaults(), body));
        add(gpt2.request(doSample(true).maxNewTokens(3).topK(5), body));
      }
    }
  }

  private static List<Consumer<Generator<Gpt2>>> bodies() {
    return List.of(
        generator ->
            generator.invoke("one", invoker -> invoker.model().transformer().output().save()),
        generator ->
            generator.invoke(
                new long[] {1, 2, 3},
                invoker -> {
                  Value<Hidden> block = invoker.model().transformer().h(1).output(0);
                  block.at(-1).set(block.at(0).mul(2.5).add(block.at(1)));
                  return List.of(
                      invoker.model().output().softmax(-1).at(-1).save(),
                      block.get("0, 1:3:1").sum().save());
                }),
        generator -> {
          try (var from = generator.invoke("one two");
              var to = generator.invoke("three four five")) {
            Value<Hidden> patch = from.model().transformer().h(2).mlp().output().at(-1);
            to.model().transformer().h(2).mlp().output().at(-1).set(patch);
            to.model().transformer().h(3).attn().pattern().output().save();
          }
        },
        generator ->
            generator.invoke(
                "six",
                invoker -> {
                  Value<Hidden> block = invoker.model().transformer().h(0).output(0);
                  block.norm().gt(1).cond(() -> block.set(block.mul(0)), () -> {});
                  return block
                      .iterate(3, value -> value.mul(0.5), value -> value.norm().lt(1))
                      .save();
                }));
  }

  private void add(byte[] bytes) {
    SafetensorsHeader header = SafetensorsHeader.parse(Path.of("request"), bytes);
    Map<String, JsonNode> json = new TreeMap<>();
    header.metadata().forEach((name, text) -> json.put(name, parse(text)));
    requests.add(new Request(json, Safetensors.read(bytes)));
  }

  private static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The check of the model that they are for. */
  static RequestCheck check() {
    GraphKind kind = new GraphKind();
    return kind.check(
        kind.describe(new ModelSpec("m", "graph", EmbeddedGpt2.directory().toString(), 1)));
  }

  int count() {
    return requests.size();
  }

  /**
   * One of the requests, changed.
   *
   * @param choice returns a number from 0 to below its argument
   */
  byte[] next(IntUnaryOperator choice) {
    Request request = requests.get(choice.applyAsInt(requests.size()));
    List<String> names = new ArrayList<>(request.json.keySet());
    Map<String, JsonNode> json = new TreeMap<>();
    request.json.forEach((name, value) -> json.put(name, value.deepCopy()));
    int changes = choice.applyAsInt(MOST_CHANGES + 1);
    for (int i = 0; i < changes; i++) {
      change(json.get(names.get(choice.applyAsInt(names.size()))), choice);
    }
    Map<String, String> metadata = new TreeMap<>();
    json.forEach((name, value) -> metadata.put(name, value.toString()));
    return Safetensors.toBytes(request.tensors, metadata);
  }

  private static void change(JsonNode root, IntUnaryOperator choice) {
    List<JsonNode> inside = new ArrayList<>();
    collect(root, inside);
    if (inside.isEmpty()) {
      return;
    }
    JsonNode parent = inside.get(choice.applyAsInt(inside.size()));
    JsonNode other =
        choice.applyAsInt(3) == 0
            ? inside.get(choice.applyAsInt(inside.size())).deepCopy()
            : OTHERS.get(choice.applyAsInt(OTHERS.size())).deepCopy();
    if (parent instanceof ArrayNode array) {
      changeElement(array, other, choice);
    } else {
      changeMember((ObjectNode) parent, other, choice);
    }
  }

  private static void changeElement(ArrayNode array, JsonNode other, IntUnaryOperator choice) {
    int at = choice.applyAsInt(array.size() + 1);
    switch (choice.applyAsInt(4)) {
      case 0 -> array.insert(at, other);
      case 1 -> array.remove(at);
      case 2 -> array.insert(at, array.isEmpty() ? other : array.get(at / 2).deepCopy());
      default -> {
        if (at < array.size()) {
          array.set(at, near(array.get(at), other, choice));
        }
      }
    }
  }

  private static void changeMember(ObjectNode object, JsonNode other, IntUnaryOperator choice) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    if (names.isEmpty() || choice.applyAsInt(8) == 0) {
      object.set("another", other);
      return;
    }
    String name = names.get(choice.applyAsInt(names.size()));
    if (choice.applyAsInt(6) == 0) {
      object.remove(name);
    } else {
      object.set(name, near(object.get(name), other, choice));
    }
  }

  /** A number that is nearly right, or something else. */
  private static JsonNode near(JsonNode value, JsonNode other, IntUnaryOperator choice) {
    return value.isIntegralNumber() && choice.applyAsInt(2) == 0
        ? JSON.numberNode(value.longValue() + choice.applyAsInt(5) - 2)
        : other;
  }

  private static void collect(JsonNode node, List<JsonNode> found) {
    if (node instanceof ContainerNode<?>) {
      found.add(node);
      node.forEach(child -> collect(child, found));
    }
  }
}
