package org.nnsight4j.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Value;

/** The JSON of graphs that pages show. */
final class Graphs {
  private Graphs() {}

  static String json(String name) throws Exception {
    if (!name.equals("doubled")) {
      throw new AssertionError("there is no graph called " + name);
    }
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Edit edit =
          gpt2.edit(
              invoker -> {
                Value<Hidden> hidden = invoker.model().transformer().h(2).output(0);
                hidden.set(hidden.mul(2));
              });
      Path file = Files.createTempFile("doubled", ".safetensors");
      edit.export(file);
      String json = SafetensorsHeader.read(file).metadata().get("nnsight4j.graph");
      Files.delete(file);
      return pretty(new ObjectMapper().readTree(json), "") + "\n";
    }
  }

  /** One node on each line. */
  private static String pretty(JsonNode json, String indent) {
    boolean flat = json.toString().length() < 118 || isLeaf(json);
    if (flat) {
      return json.toString().replace("\":", "\": ").replace(",\"", ", \"");
    }
    String inner = indent + "  ";
    if (json.isArray()) {
      return StreamSupport.stream(json.spliterator(), false)
          .map(each -> inner + pretty(each, inner))
          .collect(Collectors.joining(",\n", "[\n", "\n" + indent + "]"));
    }
    return json.properties().stream()
        .map(each -> inner + "\"" + each.getKey() + "\": " + pretty(each.getValue(), inner))
        .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
  }

  private static boolean isLeaf(JsonNode json) {
    return json.isObject() && json.has("line");
  }
}
